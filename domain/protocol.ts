/**
 * What screens and server say to each other over Socket.IO, and what staff add over HTTP.
 * What a client sends is checked by these schemas; what the server sends is typed by them.
 * Unknown fields are ignored both ways, so that screens and servers of neighbouring builds understand each other.
 */
import { z } from 'zod'
import type { Backlog, Change } from './board.ts'
import type { OrderView, PickupView } from './order-view.ts'
import { maximumLocationsPerScreen, maximumPaints } from './screen-limits.ts'

export const screenRoles = ['kitchen', 'counter', 'pickup'] as const
export type ScreenRole = (typeof screenRoles)[number]

const cursor = z.object({ epoch: z.string().max(100), seq: z.int().min(0) })
const byLocation = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string().max(200), value).refine((one) => Object.keys(one).length <= maximumLocationsPerScreen, {
    error: `expected at most ${maximumLocationsPerScreen} locations`,
  })

/** client → server: "give me what I miss"; a null cursor asks for a snapshot. Other locations than the screen's are ignored. */
export const followSchema = byLocation(cursor.nullable())
export type Follow = z.infer<typeof followSchema>

/** A change that was painted: its location, its seq, and how long ago that was when this was said, milliseconds. */
const paint = z.tuple([z.string().max(200), z.int().min(0), z.number().min(0)])

/** client → server, every 3 s: "what is true now?" Only the answer to this question proves that a screen is live. */
export const beatSchema = z.object({
  n: z.int().min(0),
  /** Where each board is; with the checksum of what is held, if it is told, the server counts boards that differ. */
  positions: byLocation(cursor.extend({ checksum: z.int().min(0).optional() })),
  /** The seqs that are painted, by location. */
  painted: byLocation(z.int().min(0)),
  /** The changes painted since the last beat. */
  paints: z.array(paint).max(maximumPaints).optional(),
  /** How many active orders filters or overflow hide. */
  hidden: z.int().min(0),
  sound: z.enum(['on', 'off', 'blocked']),
  build: z.string().max(100),
})
export type Beat = z.infer<typeof beatSchema>

/** Updates may be missing from this time: Passline was off, or could not store them. */
export type Gap = { id: string; kind: 'off' | 'not_storing'; from: string; to: string }

/** How far a location is, read from the database. */
export type Position = {
  epoch: string
  seq: number
  checksum: number
  lastWebhookAt: string | null
  /** What is usual between two webhooks at this hour, milliseconds; null: not known yet. */
  usualGapMs?: number | null
  /** Until somebody has seen it. */
  gap?: Gap | null
  /** Changes above this seq have been on no screen of this role for ten seconds or longer. */
  unshown?: Partial<Record<ScreenRole, number>>
}

/** A screen that does not answer, and a location that it shares with the one that is told. */
export type SilentScreen = { id: string; locationId: string; name: string; since: string }

export type BeatAnswer = {
  n: number
  serverTime: string
  /** Whether updates can be stored at all; if not, since when. */
  storing: true | { failingSince: string }
  locations: Record<string, Position>
  silentScreens: SilentScreen[]
  build: string
  /** What the screen is: opaque, and another one when it got other work or another place. Older servers say none. */
  settings?: string
  /** How long a line may take to be opened (patience.ts), milliseconds. Older servers say none. */
  lineWithinMs?: number
}

export type AnyView = OrderView | PickupView

export type ServerToClient = {
  change: (change: Change<AnyView>) => void
  /** This screen's token is no longer valid: empty the board. */
  revoked: () => void
  /** The server is going away; come back by yourself. */
  moving: () => void
}

export type ClientToServer = {
  follow: (cursors: Follow, answer: (backlogs: Record<string, Backlog<AnyView>> | ProtocolError) => void) => void
  beat: (beat: Beat, answer: (answer: BeatAnswer | ProtocolError) => void) => void
}

/** In place of an answer: the message was malformed, or the database did not answer. */
export type ProtocolError = { error: { code: string; message: string } }

/** What staff do with an order: the last part of the address, and what it carries. */
const actionFields = {
  /** Chosen by the client; the same one answers the same. */
  actionId: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[^\0\p{Cs}]*$/u, { error: 'expected neither NUL nor half of a surrogate pair' }),
  /** The seq of the order that the person looked at. */
  seenSeq: z.int().min(0),
}

export const staffActionSchemas = {
  ready: z.object(actionFields),
  'not-ready': z.object(actionFields),
  here: z.object({ ...actionFields, note: z.string().trim().max(200).optional() }),
  seen: z.object({ ...actionFields, problem: z.int().min(0), answer: z.string().min(1).max(40).optional() }),
  'hand-over': z.object({
    ...actionFields,
    passcode: z.string().trim().max(100).optional(),
    foundBy: z.string().max(40).optional(),
  }),
  'undo-hand-over': z.object(actionFields),
  delivered: z.object(actionFields),
} as const

export type StaffActionName = keyof typeof staffActionSchemas

export type StaffAction = {
  [Name in StaffActionName]: { name: Name } & z.infer<(typeof staffActionSchemas)[Name]>
}[StaffActionName]

/** The answer to what staff did: where the order stands now, or why it was not done. */
export type StaffActionAnswer = { outcome: 'changed' | 'repeated'; seq: number }
