/**
 * How a screen follows its locations: what it holds, what it hears, what it is missing. One pure machine, whatever line
 * the answers come over.
 *
 * Invariant: each board held is one that the server had, whole: a snapshot and every change after it, without a gap.
 */
import {
  applyBacklog,
  applyChange,
  type Backlog,
  type Board,
  type BoardOrder,
  type Change,
  type Cursor,
} from './board.ts'

export type Held<O extends BoardOrder> = {
  boards: ReadonlyMap<string, Board<O>>
  /** Changes that were pushed and could not be applied: the seq that each of these locations must reach. */
  announced: ReadonlyMap<string, number>
}

/** What to ask for, by location; null asks for a snapshot. */
export type Missing = Record<string, Cursor | null>

/** Where a location's board is, as the server's database has it. */
export type Head = Cursor & { checksum: number }

export function nothingHeld<O extends BoardOrder>(): Held<O> {
  return { boards: new Map(), announced: new Map() }
}

function cursorOf<O extends BoardOrder>(held: Held<O>, locationId: string): Cursor | null {
  const board = held.boards.get(locationId)
  return board ? { epoch: board.epoch, seq: board.seq } : null
}

/** Where every board held is. */
export function cursors<O extends BoardOrder>(held: Held<O>): Record<string, Cursor> {
  return Object.fromEntries([...held.boards].map(([id, { epoch, seq }]) => [id, { epoch, seq }]))
}

/** After a pushed change; the same object when it is known already. */
export function hear<O extends BoardOrder>(held: Held<O>, change: Change<O>): Held<O> {
  const { locationId, seq } = change
  const board = held.boards.get(locationId)
  const applied = board ? applyChange(board, change) : ({ kind: 'gap' } as const)
  switch (applied.kind) {
    case 'applied':
      return { ...held, boards: new Map(held.boards).set(locationId, applied.board) }
    case 'known':
      return held
    case 'gap': {
      const announced = Math.max(seq, held.announced.get(locationId) ?? 0)
      return { ...held, announced: new Map(held.announced).set(locationId, announced) }
    }
    default:
      return applied satisfies never
  }
}

/** After an answer to what was asked for. */
export function take<O extends BoardOrder>(held: Held<O>, backlogs: Readonly<Record<string, Backlog<O>>>): Held<O> {
  const boards = new Map(held.boards)
  const announced = new Map(held.announced)
  for (const [locationId, backlog] of Object.entries(backlogs)) {
    const board = boards.get(locationId) ?? null
    // Changes answer a cursor; if the board moved to another epoch meanwhile, the next question finds out.
    if (backlog.kind === 'changes' && board?.epoch !== backlog.epoch) continue
    const next = applyBacklog(board, backlog)
    boards.set(locationId, next)
    if (next.seq >= (announced.get(locationId) ?? 0)) announced.delete(locationId)
    // What was announced was of an epoch that is over.
    if (board?.epoch !== next.epoch) announced.delete(locationId)
  }
  return { boards, announced }
}

/** What was announced and is not held. */
export function missing<O extends BoardOrder>(held: Held<O>): Missing {
  return Object.fromEntries([...held.announced.keys()].map((locationId) => [locationId, cursorOf(held, locationId)]))
}

/**
 * Compares what is held with what the server says.
 * @returns what is held now (locations that are no longer ours are gone), what to ask for, and the locations whose board
 *   is another one at the same place: nothing of these can be trusted
 */
export function weigh<O extends BoardOrder>(
  held: Held<O>,
  heads: Readonly<Record<string, Head>>,
): { held: Held<O>; missing: Missing; diverged: string[] } {
  const asked: Missing = {}
  const diverged: string[] = []
  for (const [locationId, head] of Object.entries(heads)) {
    const board = held.boards.get(locationId)
    // A board that is ahead of the answer got its news while the answer was on its way.
    if (!board || board.epoch !== head.epoch || board.seq < head.seq) {
      asked[locationId] = cursorOf(held, locationId)
    } else if (board.seq === head.seq && board.checksum !== head.checksum) {
      asked[locationId] = null
      diverged.push(locationId)
    }
  }
  const isOurs = (locationId: string) => Object.hasOwn(heads, locationId)
  if ([...held.boards.keys()].every(isOurs)) return { held, missing: asked, diverged }
  const kept = <Value>(map: ReadonlyMap<string, Value>) =>
    new Map([...map].filter(([locationId]) => isOurs(locationId)))
  return { held: { boards: kept(held.boards), announced: kept(held.announced) }, missing: asked, diverged }
}
