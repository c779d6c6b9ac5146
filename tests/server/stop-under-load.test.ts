/** One of two servers is told to stop while updates come and screens are connected: nobody loses anything by it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type Answered, assertAnswered, ordersOf, sendOrders } from '#tests/chaos/answered.ts'
import { startCluster } from '#tests/helpers/cluster.ts'
import { connectScreen } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import { assertWholeContents, readContents } from '#tests/helpers/whole.ts'

const locations = ['north', 'south']
const screens = 100
const senders = 8

test('a server that stops under load is not ready first, then answers what it took, sends its screens on one by one, and ends', async (t) => {
  await using cluster = await startCluster(2)
  const [leaving, staying] = cluster.servers
  assert.ok(leaving && staying)
  const { token } = await leaving.addScreen('kitchen', ...locations)
  const told: number[] = []
  const goodbyes: string[] = []
  const sockets = await Promise.all(
    Array.from({ length: screens }, async () => {
      const socket = await connectScreen(leaving.url, token)
      socket.once('moving', () => told.push(performance.now()))
      socket.once('disconnect', (reason) => goodbyes.push(reason))
      return socket
    }),
  )
  const answered: Answered[] = []
  const orders = ordersOf(1, 20_000, locations)
  let posts = 0
  const sending = Array.from({ length: senders }, () =>
    sendOrders(orders, {
      // Each post to the other server than the one before; who gets no answer goes to the other one, too.
      target: async () => {
        posts += 1
        return posts % 2 === 0 ? leaving : staying
      },
      keepAlive: true,
      onAnswered: (one) => answered.push(one),
      onSentAgain: () => {},
    }),
  )
  while (answered.length < 200) await setTimeout(10)

  const toldAt = performance.now()
  leaving.child().kill('SIGTERM')
  // While it still listens it says that it is not ready.
  for (;;) {
    const { status } = await send(leaving.url, { method: 'GET', path: '/api/ready' })
    if (status === 503) break
    assert.equal(status, 200)
  }
  const { stderr } = await leaving.said()
  t.diagnostic(`it ended after ${Math.round(performance.now() - toldAt)} ms`)
  assert.equal(leaving.child().exitCode, 0, stderr)
  const before = answered.length
  while (answered.length < before + 100) await setTimeout(10)
  orders.length = 0
  await Promise.all(sending)

  assert.equal(told.length, screens, 'each was told')
  assert.ok(Math.max(...told) - Math.min(...told) > 50, 'not all at one moment')
  // Not as one that is told to leave for good: a screen then comes back by itself.
  assert.deepEqual([...new Set(goodbyes)], ['transport close'])
  for (const socket of sockets) socket.disconnect()
  assertWholeContents(await readContents(cluster.database))
  await assertAnswered(cluster.database, answered)
})
