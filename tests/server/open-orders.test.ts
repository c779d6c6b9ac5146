import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newOrder, type Order } from '#domain/order.ts'
import { digestOf, followOpenOrders, type OrderDigest } from '#server/live/open-orders.ts'

const orderOf = (id: string, seq: number): Order => ({ ...newOrder('north', id, 1, seq), seq })

/** Boards whose heads and orders are set by hand, and how often one was read. */
function boardsOf() {
  const stored = { head: 0, orders: [] as Order[], reads: 0, meanwhile: () => {} }
  return {
    stored,
    boards: {
      allHeads: async () => new Map(stored.head > 0 ? [['north', stored.head]] : []),
      allOnBoard: async () => [],
      read: async () => {
        stored.reads += 1
        stored.meanwhile()
        return { head: { seq: stored.head, checksum: 0, lastWebhookAt: null }, orders: stored.orders }
      },
    },
  }
}

const openAt = (id: string, seq: number): OrderDigest =>
  digestOf({ locationId: 'north', seq, at: seq, order: orderOf(id, seq) })
const closedAt = (id: string, seq: number): OrderDigest => ['north', id, seq, seq, false, null]

const openOf = ({ byLocation }: Awaited<ReturnType<typeof followOpenOrders>>) =>
  [...(byLocation().get('north') ?? [])].map(([id, { seq }]) => `${id} ${seq}`)

test('what two servers stored at once, and is heard crossed, is taken in the order in which it was stored', async () => {
  const { boards, stored } = boardsOf()
  const open = await followOpenOrders(boards)
  open.note([openAt('one', 1)])
  // Our own is known before we hear of what the other stored before it.
  open.note([closedAt('one', 4), openAt('three', 5)])
  assert.deepEqual(openOf(open), ['one 1'])
  open.note([openAt('one', 3)])
  open.note([openAt('two', 2)])
  assert.deepEqual(openOf(open), ['two 2', 'three 5'])
  open.note([openAt('one', 3), closedAt('two', 2)])
  assert.deepEqual(openOf(open), ['two 2', 'three 5'], 'what is known already changes nothing')
  stored.head = 5
  await open.catchUp()
  await open.catchUp()
  assert.equal(stored.reads, 0)
})

test('what is never heard of is read, and what was heard beyond it holds', async () => {
  const { boards, stored } = boardsOf()
  const open = await followOpenOrders(boards)
  open.note([openAt('one', 1), openAt('three', 3), closedAt('one', 5)])
  stored.head = 4
  await open.catchUp()
  stored.orders = [orderOf('one', 1), orderOf('two', 2), orderOf('three', 3), orderOf('four', 4)]
  await open.catchUp()
  assert.deepEqual(openOf(open), ['two 2', 'three 3', 'four 4'])
  assert.equal(stored.reads, 1)
})

test('what is being read when another history begins is not taken', async () => {
  const { boards, stored } = boardsOf()
  const open = await followOpenOrders(boards)
  stored.head = 7
  stored.orders = [orderOf('old', 7)]
  await open.catchUp()
  stored.meanwhile = open.forget
  await open.catchUp()
  assert.equal(stored.reads, 1)
  open.note([openAt('one', 1)])
  assert.deepEqual(openOf(open), ['one 1'])
})

test('of another history nothing is known', async () => {
  const { boards } = boardsOf()
  const open = await followOpenOrders(boards)
  open.note([openAt('one', 1), openAt('three', 3)])
  open.forget()
  assert.deepEqual(openOf(open), [])
  open.note([openAt('one', 1), openAt('two', 2)])
  assert.deepEqual(openOf(open), ['one 1', 'two 2'])
})
