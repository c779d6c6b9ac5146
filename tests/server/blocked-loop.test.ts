/** A process that was held up tells what waited meanwhile to come again: its senders may have given up. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { webhookPath } from '#server/http.ts'
import { send } from '#tests/helpers/send.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { countsOf } from '#tests/helpers/stored.ts'
import { updated } from '#tests/helpers/webhooks.ts'

test('requests that waited longer than 2 s for a stopped process are told 503, and the next ones are taken', async () => {
  await using server = await serverProcess()
  const port = Number(new URL(server.url).port)
  const body = JSON.stringify(updated('north', 'one'))
  const request = [
    `POST ${webhookPath} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${server.token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
  // One connection that is open before the stop, and several that are opened while it lasts.
  const early = connect(port, '127.0.0.1')
  await once(early, 'connect')
  server.child().kill('SIGSTOP')
  const sockets = [early, ...Array.from({ length: 20 }, () => connect(port, '127.0.0.1'))]
  const answers = sockets.map((socket) => {
    socket.write(request)
    return once(socket, 'data').then(([data]) => String(data))
  })
  // The fault itself takes this long.
  await wait(3_000)
  server.child().kill('SIGCONT')
  for (const answer of await Promise.all(answers)) {
    assert.match(answer, /^HTTP\/1\.1 503 /)
    assert.match(answer, /retry-after: 1\r\n/i)
  }
  assert.equal(countsOf(server.databaseFile).receipts, 0)
  for (const socket of sockets) socket.destroy()

  const url = `http://127.0.0.1:${port}`
  const post = () => send(url, { headers: { authorization: `Bearer ${server.token}` }, body })
  let sent = await post()
  while (sent.status === 503) sent = await post()
  assert.deepEqual(sent.json, { outcome: 'changed', seq: 1 })
  const { text } = await send(url, { method: 'GET', path: '/api/metrics' })
  const counted = Number(/passline_not_stored_total\{reason="blocked"\} (\d+)/.exec(text)?.[1])
  assert.ok(counted >= sockets.length, `${counted} were counted`)
  assert.match(text, /passline_event_loop_lag_seconds_bucket\{le="5"\} \d+/)
})
