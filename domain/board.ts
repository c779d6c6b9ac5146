/**
 * A location's board as a screen holds it: one pure fold, kept by every browser, equal to the server's.
 *
 * Invariant: a board at `seq` holds every order on the board as it was after the change `seq`, and no other;
 * `checksum` is the sum over those orders (checksum.ts).
 */
import { checksumAfter } from './checksum.ts'

/** What the fold needs of an order; staff and pickup screens hold different views of it. */
export type BoardOrder = { id: string; seq: number; onBoard: boolean }

export type Cursor = { epoch: string; seq: number }

export type Board<O extends BoardOrder> = Cursor & {
  checksum: number
  orders: ReadonlyMap<string, O>
}

export type Snapshot<O extends BoardOrder> = {
  kind: 'snapshot'
  epoch: string
  seq: number
  serverTime: string
  checksum: number
  orders: O[]
}

/** Every order above the cursor, as it is now, those that left the board included. */
export type Changes<O extends BoardOrder> = Omit<Snapshot<O>, 'kind'> & { kind: 'changes' }

export type Backlog<O extends BoardOrder> = Snapshot<O> | Changes<O>

export type Change<O extends BoardOrder> = { locationId: string; epoch: string; seq: number; order: O }

/** A board as a snapshot has it. */
export function boardOf<O extends BoardOrder>(snapshot: Snapshot<O>): Board<O> {
  const empty: Board<O> = { epoch: snapshot.epoch, seq: 0, checksum: 0, orders: new Map() }
  return { ...place(empty, snapshot.orders), seq: snapshot.seq }
}

/**
 * The board with one change applied.
 * @returns `known` when the board has it already; `gap` when a change before it is missing, or another epoch speaks
 */
export function applyChange<O extends BoardOrder>(
  board: Board<O>,
  change: Change<O>,
): { kind: 'applied'; board: Board<O> } | { kind: 'known' } | { kind: 'gap' } {
  if (change.epoch !== board.epoch) return { kind: 'gap' }
  if (change.seq <= board.seq) return { kind: 'known' }
  if (change.seq > board.seq + 1) return { kind: 'gap' }
  return { kind: 'applied', board: { ...place(board, [change.order]), seq: change.seq } }
}

/**
 * The board after an answer to `follow`; never older than it was: an answer that live changes have overtaken says
 * nothing, for it could bring back an order that has left since.
 */
export function applyBacklog<O extends BoardOrder>(board: Board<O> | null, backlog: Backlog<O>): Board<O> {
  if (board && board.epoch === backlog.epoch && backlog.seq < board.seq) return board
  if (backlog.kind === 'snapshot') return boardOf(backlog)
  if (!board || board.epoch !== backlog.epoch) throw new Error('changes answer a cursor that this board never had')
  return { ...place(board, backlog.orders), seq: backlog.seq }
}

/** Puts each order in its place, unless the board knows it newer. */
function place<O extends BoardOrder>(board: Board<O>, changed: readonly O[]): Board<O> {
  const orders = new Map(board.orders)
  let { checksum } = board
  for (const order of changed) {
    const before = orders.get(order.id) ?? null
    if (before && before.seq >= order.seq) continue
    checksum = checksumAfter(checksum, before, order)
    if (order.onBoard) orders.set(order.id, order)
    else orders.delete(order.id)
  }
  return { ...board, checksum, orders }
}
