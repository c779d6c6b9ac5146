import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backlog, Change } from '#domain/board.ts'
import { orderHash } from '#domain/checksum.ts'
import { cursors, type Held, hear, missing, nothingHeld, take, weigh } from '#domain/follow.ts'
import { seededRandom } from '#domain/simulation/random.ts'

type Placed = { id: string; seq: number; onBoard: boolean }

const on = (id: string, seq: number): Placed => ({ id, seq, onBoard: true })
const sumOf = (orders: readonly Placed[]) => orders.reduce((all, { id, seq }) => (all + orderHash(id, seq)) >>> 0, 0)

function snapshot(seq: number, orders: Placed[], epoch = 'e'): Backlog<Placed> {
  return { kind: 'snapshot', epoch, seq, serverTime: '', checksum: sumOf(orders), orders }
}

const change = (seq: number, order: Placed, epoch = 'e'): Change<Placed> => ({ locationId: 'north', epoch, seq, order })
const head = (held: Held<Placed>) => {
  const board = held.boards.get('north')
  return board && { epoch: board.epoch, seq: board.seq, checksum: board.checksum }
}
const started = take(nothingHeld<Placed>(), { north: snapshot(2, [on('a', 1), on('b', 2)]) })

test('a change that follows is applied, one that is known says nothing, and one after a gap is asked for', () => {
  const next = hear(started, change(3, on('a', 3)))
  assert.equal(head(next)?.seq, 3)
  assert.equal(hear(next, change(3, on('a', 3))), next)
  assert.equal(hear(next, change(1, on('a', 1))), next)
  const gap = hear(next, change(6, on('c', 6)))
  assert.equal(gap.boards, next.boards)
  assert.deepEqual(missing(gap), { north: { epoch: 'e', seq: 3 } })
  assert.deepEqual(missing(hear(gap, change(9, on('c', 9)))), { north: { epoch: 'e', seq: 3 } })
})

test('a location that was never held is asked for whole', () => {
  assert.deepEqual(missing(hear(nothingHeld<Placed>(), change(4, on('a', 4)))), { north: null })
})

test('what was announced is asked for until it is reached', () => {
  const gap = hear(started, change(6, on('c', 6)))
  const answers: Backlog<Placed> = { ...snapshot(5, [on('c', 5)]), kind: 'changes' }
  const half = take(gap, { north: answers })
  assert.deepEqual(missing(half), { north: { epoch: 'e', seq: 5 } })
  assert.deepEqual(missing(take(half, { north: { ...answers, seq: 6, orders: [on('c', 6)] } })), {})
})

test('changes of another epoch ask, are answered by a snapshot, and are then forgotten', () => {
  const gap = hear(started, change(40, on('c', 40), 'old'))
  assert.deepEqual(missing(gap), { north: { epoch: 'e', seq: 2 } })
  const fresh = take(gap, { north: snapshot(1, [on('z', 1)], 'new') })
  assert.deepEqual(missing(fresh), {})
  assert.deepEqual([...(fresh.boards.get('north')?.orders.keys() ?? [])], ['z'])
})

test('changes that answer a cursor of another epoch are left out', () => {
  const other: Backlog<Placed> = { ...snapshot(9, [on('z', 9)], 'new'), kind: 'changes' }
  assert.deepEqual(cursors(take(started, { north: other })), cursors(started))
})

test('weighing agrees, asks for what is behind, and never for what is ahead', () => {
  const now = head(started)
  assert.ok(now)
  assert.deepEqual(weigh(started, { north: now }), { held: started, missing: {}, diverged: [] })
  assert.deepEqual(weigh(started, { north: { ...now, seq: 3, checksum: 7 } }).missing, {
    north: { epoch: 'e', seq: 2 },
  })
  assert.deepEqual(weigh(started, { north: { ...now, seq: 1, checksum: 7 } }).missing, {})
  assert.deepEqual(weigh(started, { north: { ...now, epoch: 'new' } }).missing, { north: { epoch: 'e', seq: 2 } })
  assert.deepEqual(weigh(started, { north: now, south: { epoch: 'e', seq: 0, checksum: 0 } }).missing, { south: null })
})

test('another board at the same place is asked for whole, and named', () => {
  const now = head(started)
  assert.ok(now)
  const { missing: asked, diverged } = weigh(started, { north: { ...now, checksum: now.checksum + 1 } })
  assert.deepEqual([asked, diverged], [{ north: null }, ['north']])
  const healed = take(started, { north: snapshot(2, [on('b', 2)]) })
  assert.deepEqual([...(healed.boards.get('north')?.orders.keys() ?? [])], ['b'])
})

test('a location that is no longer ours is gone at once', () => {
  const { held } = weigh(hear(started, change(9, on('x', 9))), { south: { epoch: 'e', seq: 0, checksum: 0 } })
  assert.deepEqual([held.boards.size, held.announced.size], [0, 0])
})

test('whatever is lost, repeated and shuffled, asking for what is missing ends at the server’s board: 500 seeds', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = seededRandom(seed, 3)
    const current = new Map<string, Placed>()
    let seq = 0
    let held = nothingHeld<Placed>()
    const answer = (cursor: { epoch: string; seq: number } | null): Backlog<Placed> => {
      const board = [...current.values()].filter((order) => order.onBoard)
      if (!cursor) return snapshot(seq, board)
      const orders = [...current.values()].filter((order) => order.seq > cursor.seq)
      return { kind: 'changes', epoch: 'e', seq, serverTime: '', checksum: sumOf(board), orders }
    }
    held = take(held, { north: answer(null) })
    let delayed: Change<Placed>[] = []
    for (let step = 0; step < 60; step += 1) {
      seq += 1
      const order = { id: `o${random.whole(0, 6)}`, seq, onBoard: random.chance(0.8) }
      current.set(order.id, order)
      if (random.chance(0.8)) delayed.push(change(seq, order))
      if (random.chance(0.1)) delayed.push(change(seq, order))
      if (random.chance(0.5)) {
        delayed.sort(() => random.next() - 0.5)
        for (const one of delayed) held = hear(held, one)
        delayed = []
      }
      if (random.chance(0.3)) {
        for (const [id, cursor] of Object.entries(missing(held))) held = take(held, { [id]: answer(cursor) })
      }
    }
    for (const one of delayed) held = hear(held, one)
    const board = [...current.values()].filter((order) => order.onBoard)
    const weighed = weigh(held, { north: { epoch: 'e', seq, checksum: sumOf(board) } })
    assert.deepEqual(weighed.diverged, [], `seed ${seed}`)
    for (const [id, cursor] of Object.entries(weighed.missing)) held = take(weighed.held, { [id]: answer(cursor) })
    assert.deepEqual(head(held), { epoch: 'e', seq, checksum: sumOf(board) }, `seed ${seed}`)
    const byId = (orders: Iterable<Placed>) => [...orders].sort((one, other) => (one.id < other.id ? -1 : 1))
    assert.deepEqual(byId(held.boards.get('north')?.orders.values() ?? []), byId(board), `seed ${seed}`)
  }
})
