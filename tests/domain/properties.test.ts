import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  applyBacklog,
  applyChange,
  type Backlog,
  type Board,
  boardOf,
  type Change,
  type Cursor,
} from '#domain/board.ts'
import { orderHash } from '#domain/checksum.ts'
import { decide } from '#domain/decide.ts'
import { knownDetails } from '#domain/driver.ts'
import { laneOf } from '#domain/lane.ts'
import { currentAssignment, type Order } from '#domain/order.ts'
import { type OrderView, orderView } from '#domain/order-view.ts'
import { progressSteps } from '#domain/progress.ts'
import { anyStep, anyUpdate, people, runs, type Step, valuesOf } from '#tests/fixtures/arbitraries.ts'
import { locationId, orderAfter, orderId, statusUpdate, stepped } from '#tests/fixtures/play.ts'

const minuteMs = 60_000
const minutesOf = (step: Step) => (step.kind === 'wait' ? step.minutes : 1)

/** Every state that an order goes through, the times at which it did, and the step that led there. */
function statesOf(steps: readonly Step[]): { before: Order | null; after: Order | null; step: Step; at: number }[] {
  let order: Order | null = null
  let at = Date.parse('2026-06-10T12:00:00Z')
  return steps.map((step) => {
    const before = order
    at += minutesOf(step) * minuteMs
    order = stepped(before, step, (before?.seq ?? 0) + 1, at)
    return { before, after: order, step, at }
  })
}

describe('whatever comes', () => {
  test('an update sent twice changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), anyUpdate, (steps, last) => {
        for (const { after, step, at } of statesOf([...steps, { kind: 'update', update: last }])) {
          if (step.kind !== 'update' || !after) continue
          const again = decide(after, step.update, { at: at + 5000, seq: after.seq + 1, prepTimeMinutes: 15 })
          assert.notEqual(again.outcome, 'changed')
          assert.equal(again.order, after)
        }
      }),
      runs,
    )
  })

  test('updates of one driver come to the same, in whatever order they arrive', () => {
    const person = { name: 'Ann', phoneNumber: '+15550001', phoneCode: '11' }
    const status = fc.constantFrom(undefined, 'in_progress', 'ready_for_pickup', 'out_for_delivery')
    const told = fc
      .shuffledSubarray(progressSteps.slice(1), { minLength: 1 })
      .chain((steps) =>
        fc.tuple(
          ...steps.map((step) => fc.tuple(status, valuesOf('Ann')).map(([said, values]) => ({ step, said, values }))),
        ),
      )
      .map((all) => all.map(({ step, said, values }) => statusUpdate(said, step, { ...person, ...values })))
    const twoOrders = told.chain((updates) =>
      fc.tuple(fc.constant(updates), fc.shuffledSubarray(updates, { minLength: updates.length })),
    )
    const outcomeOf = (order: Order | null) => {
      if (!order) throw new Error('no order')
      const current = currentAssignment(order)
      return {
        turns: order.assignments.length,
        details: knownDetails(current.said),
        reached: current.reached,
        lane: laneOf(order),
      }
    }
    fc.assert(
      fc.property(twoOrders, ([one, other]) => {
        assert.deepEqual(outcomeOf(orderAfter(other)), outcomeOf(orderAfter(one)))
      }),
      runs,
    )
  })

  test("values said with one driver's name are never on another's assignment", () => {
    const ownersOf = (order: Order) =>
      order.assignments.map((assignment) => {
        const texts = Object.values(assignment.said).flatMap((details) => Object.values(details ?? {}))
        const owners = people.map((person) => person.name)
        return owners.filter((name) => texts.some((text) => text === name || String(text).startsWith(`${name}'s `)))
      })
    const numbersAndCodesOf = (order: Order) =>
      order.assignments
        .map((assignment) => knownDetails(assignment.said))
        .filter((known) => known.phoneNumber !== undefined)
        .map(({ phoneNumber, phoneCode }) => ({ phoneNumber, phoneCode }))
    const spoken = people.map(({ phoneNumber, phoneCode }) => ({ phoneNumber, phoneCode }))
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 2, maxLength: 15 }), (steps) => {
        for (const { after } of statesOf(steps)) {
          if (!after) continue
          for (const owners of ownersOf(after)) assert.ok(owners.length <= 1, `mixed: ${owners.join(' and ')}`)
          for (const phone of numbersAndCodesOf(after)) {
            assert.ok(spoken.some((one) => one.phoneNumber === phone.phoneNumber && one.phoneCode === phone.phoneCode))
          }
        }
      }),
      runs,
    )
  })
})

const epochs = ['first', 'second'] as const

/** A location's orders as a server keeps them: every change in turn, and what each order was after any of them. */
class Location {
  readonly log: OrderView[] = []
  readonly #orders = new Map<number, Order>()
  #at = Date.parse('2026-06-10T12:00:00Z')

  /** Records what becomes of one of the orders, if it becomes anything. */
  hear(number: number, step: Step): void {
    this.#at += minutesOf(step) * minuteMs
    const before = this.#orders.get(number) ?? null
    const after = stepped(before, step, this.log.length + 1, this.#at)
    if (!after || after === before) return
    const named = { ...after, id: `${orderId}-${number}` }
    this.#orders.set(number, named)
    this.log.push(orderView(named))
  }

  /** Every order as it was after the change `seq`, whether on the board or not. */
  ordersAt(seq: number): OrderView[] {
    return [...new Map(this.log.slice(0, seq).map((view) => [view.id, view])).values()]
  }

  change(seq: number, epoch: string): Change<OrderView> {
    const order = this.log[seq - 1]
    if (!order) throw new Error(`no change ${seq}`)
    return { locationId, epoch, seq, order }
  }

  /**
   * What a cursor misses.
   * @param head the seq that was read first
   * @param readAt the seq at which the orders were read, a moment later
   */
  backlog(cursor: Cursor | null, epoch: string, head: number, readAt: number): Backlog<OrderView> {
    const orders = this.ordersAt(readAt)
    const at = { epoch, seq: head, serverTime: '2026-06-10T12:00:00Z', checksum: checksumOf(this.ordersAt(head)) }
    if (cursor?.epoch === epoch && cursor.seq <= head) {
      return { kind: 'changes', ...at, orders: orders.filter((order) => order.seq > cursor.seq) }
    }
    return { kind: 'snapshot', ...at, orders: orders.filter((order) => order.onBoard) }
  }
}

/** From scratch: the sum over the orders on the board. */
function checksumOf(orders: readonly OrderView[]): number {
  const sum = orders.filter((order) => order.onBoard).reduce((all, order) => all + orderHash(order.id, order.seq), 0)
  return sum % 2 ** 32
}

/** What happens between a location and one screen; numbers are taken modulo what there is. */
type Happening =
  | { kind: 'written'; changes: number }
  | { kind: 'next'; changes: number }
  | { kind: 'any'; seq: number; isForeign: boolean }
  | { kind: 'asked' }
  | { kind: 'answered'; readLater: number }
  | { kind: 'restored' }

const upTo = (max: number) => fc.integer({ min: 1, max })

const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('written' as const), changes: upTo(4) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('next' as const), changes: upTo(6) }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('any' as const), seq: fc.nat({ max: 40 }), isForeign: fc.boolean() }),
    },
    { weight: 4, arbitrary: fc.constant({ kind: 'asked' as const }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('answered' as const), readLater: fc.nat({ max: 2 }) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'restored' as const }) },
  ),
  { minLength: 5, maxLength: 40 },
)

describe("a screen's board", () => {
  // Orders that end and leave the board are what a fold could get wrong.
  const ending: Step = { kind: 'update', update: statusUpdate('completed', 'completed') }
  const leaving: Step = { kind: 'wait', minutes: 300 }
  const step = fc.oneof({ weight: 3, arbitrary: anyStep }, { weight: 2, arbitrary: fc.constantFrom(ending, leaving) })
  const writes = fc.array(fc.tuple(fc.nat({ max: 3 }), step), { minLength: 5, maxLength: 30 })

  const locationOf = (all: readonly (readonly [number, Step])[]) => {
    const location = new Location()
    for (const [number, step] of all) location.hear(number, step)
    return location
  }

  const sameAsServer = (board: Board<OrderView> | null, location: Location, seq: number, epoch: string) => {
    const expected = location.ordersAt(seq).filter((order) => order.onBoard)
    assert.equal(board?.seq, seq)
    assert.equal(board.epoch, epoch)
    assert.equal(board.checksum, checksumOf(expected))
    assert.deepEqual(new Map(board.orders), new Map(expected.map((order) => [order.id, order])))
  }

  /** The board after a change, whatever it makes of it. */
  const heard = (board: Board<OrderView>, change: Change<OrderView>): Board<OrderView> => {
    const applied = applyChange(board, change)
    const isGap = change.epoch !== board.epoch || change.seq > board.seq + 1
    assert.equal(applied.kind, isGap ? 'gap' : change.seq <= board.seq ? 'known' : 'applied')
    return applied.kind === 'applied' ? applied.board : board
  }

  test('a sequence cut anywhere, and followed from that cursor, ends at the board of the server', () => {
    fc.assert(
      fc.property(writes, fc.nat(), (all, cut) => {
        const location = locationOf(all)
        const head = location.log.length
        const cutAt = cut % (head + 1)
        let board: Board<OrderView> = boardOf({
          ...location.backlog(null, 'first', 0, 0),
          kind: 'snapshot',
        })
        for (let seq = 1; seq <= cutAt; seq += 1) {
          board = heard(board, location.change(seq, 'first'))
          sameAsServer(board, location, seq, 'first')
        }
        const backlog = location.backlog(board, 'first', head, head)
        assert.equal(backlog.kind, 'changes')
        sameAsServer(applyBacklog(board, backlog), location, head, 'first')
        sameAsServer(applyBacklog(null, location.backlog(null, 'first', head, head)), location, head, 'first')
      }),
      runs,
    )
  })

  /** The board of a screen to which all this happens, and how far its location got. */
  const screenAfter = (location: Location, happened: readonly Happening[]) => {
    const last = location.log.length
    let head = 0
    let epoch: string = epochs[0]
    let board: Board<OrderView> | null = null
    let asked: { cursor: Cursor | null; epoch: string; head: number } | null = null
    for (const one of happened) {
      const before: Cursor | null = board
      switch (one.kind) {
        case 'written':
          head = Math.min(head + one.changes, last)
          break
        case 'restored':
          epoch = epochs[1]
          break
        case 'next':
          for (let count = 0; board && count < one.changes && board.seq < head; count += 1) {
            board = heard(board, location.change(board.seq + 1, epoch))
          }
          break
        case 'any': {
          const seq = one.seq % (head + 1)
          if (board && seq > 0) board = heard(board, location.change(seq, one.isForeign ? 'of another place' : epoch))
          break
        }
        case 'asked':
          asked ??= { cursor: board && { epoch: board.epoch, seq: board.seq }, epoch, head }
          break
        case 'answered':
          if (!asked) break
          board = applyBacklog(
            board,
            location.backlog(asked.cursor, asked.epoch, asked.head, Math.min(asked.head + one.readLater, head)),
          )
          asked = null
          break
        default:
          one satisfies never
      }
      if (before && board && before.epoch === board.epoch) assert.ok(board.seq >= before.seq, 'a board never goes back')
    }
    return { board, head, epoch }
  }

  test('repeats, gaps, old answers and other epochs leave a board that ends at the board of the server', () => {
    fc.assert(
      fc.property(writes, happenings, (all, happened) => {
        const location = locationOf(all)
        const { board, head, epoch } = screenAfter(location, happened)
        sameAsServer(applyBacklog(board, location.backlog(board, epoch, head, head)), location, head, epoch)
      }),
      runs,
    )
  })
})
