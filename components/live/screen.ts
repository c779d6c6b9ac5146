import type { OrderView } from '#domain/order-view.ts'
import type { Position, SilentScreen, StaffAction } from '#domain/protocol.ts'

/** How far what is shown can be trusted. Times are epoch milliseconds of the server's clock. */
export type Connection =
  | { kind: 'connecting' }
  /** `isBack`: it was not for a while, and says for some seconds that it is again. */
  | { kind: 'live'; isBack: boolean }
  /** Proven over HTTP, for no websocket opens here: at most two seconds behind. */
  | { kind: 'live-slow' }
  | { kind: 'catching-up' }
  /** No proof for 10 seconds: what is shown is as of `since`. Null: never proven since the page opened. */
  | { kind: 'not-live'; since: number | null }
  /** The server answers, but updates cannot be stored. */
  | { kind: 'not-storing'; since: number }
  | { kind: 'revoked' }

/** What the server tells beside the boards. */
export type Told = {
  locations: Readonly<Record<string, Omit<Position, 'epoch' | 'seq' | 'checksum'>>>
  silentScreens: readonly SilentScreen[]
  /** The build of the server's pages, if it is another one than this page's. */
  newBuild: string | null
}

export type Sound = 'on' | 'off' | 'blocked'

/** What a person's tap adds: an action without the fields that the screen fills in itself. */
type Tapped<Action> = Action extends StaffAction ? Omit<Action, 'actionId' | 'seenSeq'> : never
export type Tap = Tapped<StaffAction>

export type TapResult = { done: true } | { done: false; code: string; message: string }

/**
 * A screen's orders, and what it can do with them. Snapshots are the same object until something changes; each function
 * stands alone, so that it can be handed on.
 */
export type Screen<View = OrderView> = {
  subscribe: (listener: () => void) => () => void
  /** All orders on the board, of all locations of the screen, in no particular order. */
  orders: () => readonly View[]
  connection: () => Connection
  told: () => Told
  /** The server's clock, epoch milliseconds. */
  serverNow: () => number
  /** Sends what a person tapped; never rejects. */
  act: (order: Pick<OrderView, 'locationId' | 'id' | 'seq'>, tap: Tap) => Promise<TapResult>
  /** Sends what a person said of the location or its screens; never rejects. */
  say: (path: string, body: object) => Promise<TapResult>
  /** Told after the frame in which this snapshot of the orders was painted. */
  painted: (orders: readonly View[]) => void
  /** Told how many active orders are out of sight. */
  hides: (count: number) => void
  sounds: (state: Sound) => void
}
