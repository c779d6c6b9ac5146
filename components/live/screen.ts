import type { OrderView } from '#domain/order-view.ts'
import type { StaffAction } from '#domain/protocol.ts'

/** How far what is shown can be trusted. Times are epoch milliseconds of the server's clock. */
export type Connection =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'catching-up' }
  /** No proof for 10 seconds: what is shown is as of `since`. Null: never proven since the page opened. */
  | { kind: 'not-live'; since: number | null }
  /** The server answers, but updates cannot be stored. */
  | { kind: 'not-storing'; since: number }
  | { kind: 'revoked' }

/** What a person's tap adds: an action without the fields that the screen fills in itself. */
type Tapped<Action> = Action extends StaffAction ? Omit<Action, 'actionId' | 'seenSeq'> : never
export type Tap = Tapped<StaffAction>

export type TapResult = { done: true } | { done: false; code: string; message: string }

/** A screen's orders, and what it can do with them. Snapshots are the same object until something changes. */
export interface Screen {
  subscribe(listener: () => void): () => void
  /** All orders on the board, of all locations of the screen, in no particular order. */
  orders(): readonly OrderView[]
  connection(): Connection
  /** The server's clock, epoch milliseconds. */
  serverNow(): number
  /** Sends what a person tapped; never rejects. */
  act(order: OrderView, tap: Tap): Promise<TapResult>
}
