import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { newOrder, type Order } from '#domain/order.ts'
import { createMissedOrders } from '#server/live/missed-orders.ts'
import { digestOf } from '#server/live/open-orders.ts'
import { joinPeers, type Message, type Peers } from '#server/live/peers.ts'
import { createShownElsewhere } from '#server/live/shown-elsewhere.ts'
import { createLog } from '#server/log.ts'
import { nextTurn } from '#server/next-turn.ts'
import type { CommittedChange } from '#server/store/batch.ts'

/** Servers on one line, by their names: what each of them heard, and the texts that went over it. */
function serversOnALine<Name extends string>(...names: Name[]) {
  const texts: string[] = []
  const listeners = new Map<string, (text: string) => void>()
  const tellOne = (name: string, text: string) => {
    texts.push(text)
    listeners.get(name)?.(text)
  }
  const tellAllBut = (own: string) => (text: string) => {
    texts.push(text)
    for (const [name, listener] of listeners) if (name !== own) listener(text)
  }
  const history = { now: 'of today' }
  const join = (name: Name) => {
    const heard: Message[] = []
    const hear = (listener: (text: string) => void) => listeners.set(name, listener)
    const line = { id: name, tell: tellAllBut(name), tellOne, hear }
    return {
      heard,
      peers: joinPeers(
        line,
        () => history.now,
        (message) => heard.push(message),
        createLog('silent'),
      ),
    }
  }
  const servers = Object.fromEntries(names.map((name) => [name, join(name)])) as Record<Name, ReturnType<typeof join>>
  return { texts, history, tell: tellAllBut(''), ...servers }
}

function changeOf(locationId: string, seq: number, note = ''): CommittedChange {
  return { locationId, seq, at: seq, order: { ...newOrder(locationId, `order-${seq}`, 1, seq), seq, note } }
}

/** As one commit stored them, and all that is told of it. */
function tellFrom(peers: Peers, changes: CommittedChange[]): void {
  peers.tellChanges(changes, changes.map(digestOf))
  peers.tellWaiting()
}

test('an order is told whole only to who shows it, and before all are told that it changed', () => {
  const { one, two, three, texts } = serversOnALine('one', 'two', 'three')
  two.peers.tellShown(['south'], false)
  three.peers.tellShown(['west'], true)
  texts.length = 0
  const changes = ['north', 'south', 'north', 'south'].map((locationId, index) =>
    changeOf(locationId, index + 1, 'Grüße 😀'),
  )
  tellFrom(one.peers, changes)
  const digests = changes.map(digestOf)
  assert.deepEqual(two.heard, [{ changes: [changes[1], changes[3]] }, { digests }])
  assert.deepEqual(three.heard, [{ digests }])
  assert.deepEqual(one.heard, [])
  assert.equal(texts.length, 2)
  tellFrom(one.peers, [])
  assert.equal(texts.length, 2, 'nothing is told of nothing')
})

test('what every server is told of several commits goes in one message, a moment later; what is shown goes at once', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const { one, two, texts } = serversOnALine('one', 'two')
    two.peers.tellShown(['south'], true)
    texts.length = 0
    const changes = ['north', 'south', 'north'].map((locationId, index) => changeOf(locationId, index + 1))
    for (const change of changes) one.peers.tellChanges([change], [digestOf(change)])
    assert.deepEqual(two.heard, [{ changes: [changes[1]] }])
    mock.timers.tick(50)
    assert.deepEqual(two.heard.slice(1), [{ digests: changes.map(digestOf) }])
    mock.timers.tick(1_000)
    assert.equal(texts.length, 2)
  } finally {
    mock.timers.reset()
  }
})

test('what was changed in another history of the database is passed over', () => {
  const { one, two, history, texts, tell } = serversOnALine('one', 'two')
  two.peers.tellShown(['north'], true)
  texts.length = 0
  tellFrom(one.peers, [changeOf('north', 1)])
  assert.equal(two.heard.length, 2)
  history.now = 'restored'
  for (const text of [...texts]) tell(text)
  assert.equal(two.heard.length, 2)
  tellFrom(one.peers, [changeOf('north', 1)])
  assert.equal(two.heard.length, 4)
})

test('what a server says that it shows adds to what it said, until it says that this is all', () => {
  const { one, two } = serversOnALine('one', 'two')
  const heardOf = (locationId: string) => {
    two.heard.length = 0
    tellFrom(one.peers, [changeOf(locationId, 1)])
    return two.heard.some(({ changes }) => changes)
  }
  two.peers.tellShown(['north'], false)
  two.peers.tellShown(['south'], false)
  assert.deepEqual(['north', 'south', 'west'].map(heardOf), [true, true, false])
  two.peers.tellShown(['south'], true)
  assert.deepEqual(['north', 'south'].map(heardOf), [false, true])
})

test('a server that says no more what it shows is told nothing whole any more', () => {
  let now = 0
  const elsewhere = createShownElsewhere(2_000, () => now)
  const changes = [changeOf('north', 1)]
  elsewhere.hear({ server: 'two', locationIds: ['north'], isAll: true })
  now = 10_000
  assert.deepEqual(elsewhere.whoShows(changes), new Map([['two', changes]]))
  now = 10_001
  assert.deepEqual(elsewhere.whoShows(changes), new Map())
})

test('a commit of very large orders is told in several messages, and nothing of it is left out', () => {
  const { one, two, texts } = serversOnALine('one', 'two')
  two.peers.tellShown(['north'], true)
  texts.length = 0
  const changes = Array.from({ length: 12 }, (_, index) => changeOf('north', index + 1, 'x'.repeat(400_000)))
  tellFrom(one.peers, [...changes, changeOf('north', 13, 'y'.repeat(3_000_000)), changeOf('north', 14, 'z')])
  assert.deepEqual(
    two.heard.flatMap((message) => message.changes?.map(({ seq }) => seq) ?? []),
    Array.from({ length: 14 }, (_, index) => index + 1),
  )
  assert.equal(texts.length, 9, 'eight, and the digests')
  assert.ok(texts.every((text) => text.length < 1_100_000 || text.includes('yyy')))
})

test('what is no message, or of another version, is passed over, and what comes after it is heard', () => {
  const { one, two, tell } = serversOnALine('one', 'two')
  for (const text of ['', '{', 'null', '[]', '{"v":99,"changes":[{}]}', '{"changes":[]}']) tell(text)
  one.peers.tell({ webhooks: [['north', 2]] })
  assert.deepEqual(two.heard, [{ webhooks: [['north', 2]] }])
})

/** A server that shows the north, whose boards are read by hand. */
function missing(known: number[] = []) {
  const reads: { after: number | null; answer: (orders: Order[] | null) => void; fail: () => void }[] = []
  const published: number[][] = []
  const failures: unknown[] = []
  const head = { seq: 9, checksum: 0, lastWebhookAt: null }
  const missed = createMissedOrders({
    boards: {
      read: (_, after) =>
        new Promise((resolve, reject) => {
          reads.push({
            after,
            answer: (orders) => resolve({ head, orders }),
            fail: () => reject(new Error('the database is away')),
          })
        }),
    },
    isShown: (locationId) => locationId === 'north',
    isKnown: (_, seq) => known.includes(seq),
    publish: (orders) => published.push(orders.map(({ seq }) => seq)),
    onFailed: (error) => failures.push(error),
  })
  const orders = (...seqs: number[]) => seqs.map((seq) => changeOf('north', seq).order)
  const note = (...seqs: number[]) => missed.note(seqs.map((seq) => digestOf(changeOf('north', seq))))
  return { reads, published, failures, missed, note, orders }
}

test('what is shown here and was told without its contents is read, and published in its order', async () => {
  const { reads, published, missed, note, orders } = missing([3])
  missed.note([digestOf(changeOf('south', 1))])
  note(3)
  assert.equal(reads.length, 0, 'of others, and of what was told whole, nothing is read')
  note(5, 4)
  assert.deepEqual(
    reads.map(({ after }) => after),
    [3],
  )
  // What comes while it is being read is read together, afterwards.
  note(6)
  note(7)
  // Newer than what was heard of: that is on its way.
  reads[0]?.answer(orders(8, 5, 4, 3))
  await nextTurn()
  assert.deepEqual(published, [[4, 5]])
  assert.deepEqual(
    reads.map(({ after }) => after),
    [3, 5],
  )
  reads[1]?.answer(orders(7, 6))
  await nextTurn()
  assert.deepEqual(published, [
    [4, 5],
    [6, 7],
  ])
})

test('a database that does not answer, or an answer that is too long, is left to the beats, and the next is read', async () => {
  const { reads, published, failures, note, orders } = missing()
  note(1)
  reads[0]?.fail()
  await nextTurn()
  assert.equal(failures.length, 1)
  note(2)
  reads[1]?.answer(null)
  await nextTurn()
  note(3)
  reads[2]?.answer(orders(3))
  await nextTurn()
  assert.deepEqual(published.flat(), [3])
})
