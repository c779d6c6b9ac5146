import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataFolder, startServer } from '#tests/helpers/program.ts'
import { send } from '#tests/helpers/send.ts'
import { stored } from '#tests/helpers/stored.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const token = 'a-token-that-was-chosen'
const connections = 6
const rounds = 3

type Acknowledged = { orderId: string; status: string; outcome: string; seq: number }

/** Posts one update after another, each to the order of this connection, until the server is gone. */
async function postUntilGone(url: string, round: number, connection: number, onStored: (one: Acknowledged) => void) {
  for (let step = 0; ; step += 1) {
    const orderId = `order ${connection}`
    const status = `round ${round} step ${step}`
    try {
      const sent = await send(url, {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(updated('north', orderId, { status })),
      })
      assert.equal(sent.status, 200)
      onStored({ orderId, status, ...(sent.json as { outcome: string; seq: number }) })
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      return
    }
  }
}

test('a kill at any moment loses nothing that was answered, and leaves a whole database', async (context) => {
  const seed = Date.now()
  context.diagnostic(`seed ${seed}`)
  using data = dataFolder({ PASSLINE_WEBHOOK_TOKEN: token })
  const acknowledged: Acknowledged[] = []
  for (let round = 0; round < rounds; round += 1) {
    await using server = await startServer(data.environment)
    // The kill comes within the work that follows the so many-th answer.
    const killAt = acknowledged.length + 20 + ((seed >>> (round * 4)) % 150)
    const onStored = (one: Acknowledged) => {
      acknowledged.push(one)
      if (acknowledged.length === killAt) server.child.kill('SIGKILL')
    }
    const all = Array.from({ length: connections }, (_, connection) =>
      postUntilGone(server.url, round, connection, onStored),
    )
    await Promise.all(all)
    assert.equal((await server.ended).signal, 'SIGKILL')
  }

  // Once more, so that the last kill too is followed by a start.
  await using server = await startServer(data.environment)
  const rows = stored(data.databaseFile, 'SELECT order_id, outcome, seq, body FROM receipts ORDER BY id')
  const receipts = new Map(rows.map((row) => [String(row.body), row]))
  assert.ok(acknowledged.length >= rounds * 20)
  for (const { orderId, status, outcome, seq } of acknowledged) {
    const receipt = receipts.get(JSON.stringify(updated('north', orderId, { status })))
    assert.deepEqual(
      [receipt?.order_id, receipt?.outcome, receipt?.seq],
      [orderId, outcome, seq],
      `seed ${seed}: ${status}`,
    )
    const [change] = stored(
      data.databaseFile,
      `SELECT order_id, facts FROM changes WHERE location_id = 'north' AND seq = ?`,
      seq,
    )
    assert.equal(change?.order_id, orderId)
    assert.equal(JSON.parse(String(change?.facts)).status, status)
  }
  for (const order of stored(data.databaseFile, 'SELECT id, seq, facts FROM orders')) {
    const last = rows.filter((row) => row.order_id === order.id).at(-1)
    assert.equal(order.seq, last?.seq, `seed ${seed}`)
    assert.equal(JSON.parse(String(order.facts)).status, JSON.parse(String(last?.body)).object.status)
  }
  const [location] = stored(data.databaseFile, 'SELECT head FROM locations')
  const [changes] = stored(data.databaseFile, 'SELECT count(*) AS count, max(seq) AS last FROM changes')
  assert.deepEqual([location?.head, changes?.count], [changes?.last, changes?.last])
  assert.deepEqual(stored(data.databaseFile, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }])

  const sent = await send(server.url, {
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(updated('north', 'after')),
  })
  assert.deepEqual(sent.json, { outcome: 'changed', seq: Number(location?.head) + 1 })
})
