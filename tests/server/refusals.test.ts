import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '#tests/helpers/program.ts'
import { send } from '#tests/helpers/send.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { countsOf, stored } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

type Listed = { refusals: { id: string; code: string; requestId: string; credentialId: string }[] }

test('beside a running server refusals are found, read whole and taken after all', async () => {
  await using server = await serverProcess({ TRUSTED_PROXIES: 'loopback' })
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'text/plain' }
  const url = server.url.replace('localhost', '127.0.0.1')
  const body = JSON.stringify(updated('north', 'one'))
  const refused = await send(url, { headers: { ...headers, 'x-request-id': 'proxy-17' }, body })
  assert.equal(refused.status, 415)
  assert.equal(refused.headers['x-request-id'], 'proxy-17')
  await send(url, { headers: { ...headers, 'content-type': 'application/json' }, body: Buffer.from([0x7b, 0xff]) })

  const { refusals } = (await server.passline('refusals', 'list')) as Listed
  assert.deepEqual(
    refusals.map(({ code }) => code),
    ['not_json', 'unsupported_media_type'],
  )
  const [broken, wrongType] = refusals
  assert.ok(broken && wrongType)
  assert.equal(wrongType.requestId, 'proxy-17')
  assert.deepEqual(((await server.passline('refusals', 'list', '--limit', '1')) as Listed).refusals, [broken])

  const shown = await server.passline('refusals', 'show', wrongType.id)
  assert.equal(shown.body, body)
  assert.deepEqual(shown.error, refused.json)
  assert.equal((await server.passline('refusals', 'show', broken.id)).bodyBase64, 'e/8=')

  assert.deepEqual(await server.passline('refusals', 'retry', wrongType.id), { taken: 1 })
  assert.deepEqual(
    stored(server.databaseFile, 'SELECT order_id, outcome, credential_id, body FROM receipts').map((row) => ({
      ...row,
    })),
    [{ order_id: 'one', outcome: 'changed', credential_id: wrongType.credentialId, body }],
  )
  await assert.rejects(server.passline('refusals', 'retry', '--all'), /the body is not JSON in UTF-8/)
  assert.equal(countsOf(server.databaseFile).refusals, 1, 'what is refused again is kept once')
  await assert.rejects(server.passline('refusals', 'retry', wrongType.id), /there is no such refusal/)
  await assert.rejects(server.passline('refusals', 'show', '99'), /there is no refusal 99/)
  await assert.rejects(server.passline('refusals', 'retry'), /expected the id of a refusal, or --all/)
})

test('without a server refusals are taken by the command itself, but never for a revoked credential', async () => {
  await using server = await serverProcess()
  const { id, token } = await server.passline('credential', 'add', '--name', 'Old')
  const url = server.url.replace('localhost', '127.0.0.1')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
  await send(url, { headers, body: JSON.stringify(updated('north', 'one')) })
  await send(url, {
    headers: { ...headers, authorization: `Bearer ${server.token}` },
    body: JSON.stringify(updated('north', 'two')),
  })
  await server.passline('credential', 'revoke', String(id))
  await server.stop()
  await assert.rejects(
    server.passline('refusals', 'retry', '--all'),
    /1 taken, not these:.*its credential was revoked/s,
  )
  assert.deepEqual(
    stored(server.databaseFile, 'SELECT order_id FROM receipts').map((row) => row.order_id),
    ['two'],
  )
})

test('refusals take a bounded room: the oldest go, and the newest stay whole', async () => {
  await using server = await testServer()
  const bytes = 1_000_000
  for (let number = 0; number < 80; number += 1) {
    const sent = await send(server.url, {
      headers: { authorization: `Bearer ${server.token}` },
      body: `${number} ${'x'.repeat(bytes)}`,
    })
    assert.equal(sent.status, 400)
  }
  const [kept] = stored(
    server.databaseFile,
    'SELECT count(*) AS count, sum(length(body)) AS bytes, min(substr(body, 1, 2)) AS oldest FROM refusals',
  )
  // The one at the limit stays whole.
  assert.ok(Number(kept?.bytes) <= 64 * 1024 * 1024 + bytes, `${kept?.bytes} bytes`)
  assert.ok(Number(kept?.count) >= 64, `${kept?.count} refusals`)
  const [newest] = stored(server.databaseFile, 'SELECT body FROM refusals ORDER BY id DESC LIMIT 1')
  assert.equal(String(newest?.body), `79 ${'x'.repeat(bytes)}`)
})

test('what strangers send is counted and kept nowhere', async () => {
  await using server = await testServer()
  await send(server.url, { headers: { authorization: 'Bearer nobody' }, body: '{"type":"secret"}' })
  assert.equal(countsOf(server.databaseFile).refusals, 0)
  const { text } = await send(server.url, { method: 'GET', path: '/api/metrics' })
  assert.match(text, /passline_refusals_total\{reason="unauthorized"\} 1/)
})

test('a command that is misused says how it is used', async () => {
  const { code, stderr } = await run('passline', ['refusals', 'list', '--limit', 'many'], {
    DATABASE_URL: 'file:/nonexistent/passline.db',
  })
  assert.notEqual(code, 0, stderr)
})
