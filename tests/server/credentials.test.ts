/** Who may send: tokens and signatures, limited, rotated, ended; and what a copy of the database gives away. */
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { Webhook } from 'standardwebhooks'
import { hashOf } from '#server/store/credentials.ts'
import { readMigrations } from '#server/store/migrations.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { type Sent, send } from '#tests/helpers/send.ts'
import { countsOf, stored } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

type Signed = Record<string, string>

const streamHeaders = (secret: string, body: string): Signed => ({
  'stream-webhook-signature': createHmac('sha256', secret).update(body).digest('hex'),
})

/** As the library of Standard Webhooks signs. */
function standardHeaders(secret: string, body: string, at = Date.now()): Signed {
  const seconds = Math.floor(at / 1_000)
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': new Webhook(secret).sign('msg_1', new Date(seconds * 1_000), body),
  }
}

const schemes = { streamHeaders, standardHeaders }

const post = (url: string, body: string, headers: Signed): Promise<Sent> =>
  send(url, { body, headers: { 'content-type': 'application/json', ...headers } })

test('a signature over the raw body is taken at both doors, in either scheme, spaces and order of the body included', async () => {
  for (const fastLane of [true, false]) {
    await using server = await testServer({ fastLane })
    const { signingSecret } = await server.passline.store.credentials.addSigning('Stream', [])
    for (const [name, headersOf] of Object.entries(schemes)) {
      const body = ` {"object": {"status":"in_progress", "order_id":"${name} 订单", "location_id":"north"},  "type":"order.updated"}\n`
      assert.equal((await post(server.url, body, headersOf(signingSecret, body))).status, 200, name)
    }
    assert.equal(countsOf(server.databaseFile).orders, 2)
  }
})

test('what was not signed as it came is not taken, and leaves nothing behind', async () => {
  await using server = await testServer()
  const { credentials } = server.passline.store
  const { signingSecret } = await credentials.addSigning('Stream', [])
  const { id: revokedId, signingSecret: revoked } = await credentials.addSigning('Left', [])
  await credentials.revoke(revokedId)
  const body = JSON.stringify(updated('north', 'one'))
  const other = body.replace('one', 'two')
  const stale = 6 * 60_000
  const standard = standardHeaders(signingSecret, body)
  const tries: Record<string, [body: string, headers: Signed]> = {
    'a byte changed, Stream': [other, streamHeaders(signingSecret, body)],
    'a byte changed, Standard Webhooks': [other, standard],
    truncated: [body.slice(0, -1), streamHeaders(signingSecret, body)],
    empty: ['', streamHeaders(signingSecret, body)],
    'another secret': [body, streamHeaders(`whsec_${randomBytes(32).toString('base64')}`, body)],
    'a revoked secret': [body, streamHeaders(revoked, body)],
    'the empty secret': [body, streamHeaders('', body)],
    'no hex': [body, { 'stream-webhook-signature': 'z'.repeat(64) }],
    'half a signature': [body, { 'stream-webhook-signature': 'ab'.repeat(16) }],
    'an empty signature': [body, { 'stream-webhook-signature': '' }],
    'from six minutes ago': [body, standardHeaders(signingSecret, body, Date.now() - stale)],
    'from six minutes ahead': [body, standardHeaders(signingSecret, body, Date.now() + stale)],
    'another moment than was signed': [
      body,
      { ...standard, 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) + 1) },
    ],
    'another id than was signed': [body, { ...standard, 'webhook-id': 'msg_2' }],
    'no id': [body, { ...standard, 'webhook-id': '' }],
    'a moment that is none': [body, { ...standard, 'webhook-timestamp': 'now' }],
    'a scheme that we do not know': [
      body,
      { ...standard, 'webhook-signature': (standard['webhook-signature'] ?? '').replace('v1,', 'v9,') },
    ],
    'a wrong token beside a right signature': [body, { ...standard, authorization: 'Bearer wrong-token-of-somebody' }],
  }
  for (const [name, [sent, headers]] of Object.entries(tries)) {
    assert.equal((await post(server.url, sent, headers)).status, 401, name)
  }
  assert.deepEqual(countsOf(server.databaseFile), { receipts: 0, refusals: 0, orders: 0, changes: 0 })
  const many = { ...standard, 'webhook-signature': `v1,${'A'.repeat(43)}= ${standard['webhook-signature']}` }
  assert.equal((await post(server.url, body, many)).status, 200, 'one of several signatures is enough')
})

test('a body too large to be read was signed by nobody, and is not kept', async () => {
  await using server = await testServer()
  const { signingSecret } = await server.passline.store.credentials.addSigning('Stream', [])
  const body = JSON.stringify(updated('north', 'one', { note: 'x'.repeat(1_100_000) }))
  assert.equal((await post(server.url, body, streamHeaders(signingSecret, body))).status, 401)
  assert.equal(countsOf(server.databaseFile).refusals, 0)
})

test('a signer is limited to its locations; what it may not say is kept as its refusal', async () => {
  await using server = await testServer()
  const { id, signingSecret } = await server.passline.store.credentials.addSigning('one brand', ['north'])
  const statuses: number[] = []
  for (const location of ['north', 'south']) {
    const body = JSON.stringify(updated(location, 'one'))
    statuses.push((await post(server.url, body, streamHeaders(signingSecret, body))).status)
  }
  assert.deepEqual(statuses, [200, 403])
  assert.deepEqual(stored(server.databaseFile, 'SELECT credential_id FROM refusals'), [{ credential_id: id }])
})

test('two secrets are taken while a sender is moved from one to the next', async () => {
  await using server = await testServer()
  const { credentials } = server.passline.store
  const { id, token } = await credentials.add('Stream', [])
  const status = async (bearer: string) =>
    (await server.post(updated('north', 'one'), { authorization: `Bearer ${bearer}` })).status
  assert.equal(await credentials.retire(id), false, 'there is only one')
  const rotated = await credentials.rotate(id)
  assert.ok(typeof rotated === 'object' && rotated.kind === 'token')
  assert.deepEqual([await status(token), await status(rotated.secret)], [200, 200])
  assert.equal(await credentials.rotate(id), 'two-live')
  assert.equal(await credentials.retire(id), true)
  assert.deepEqual([await status(token), await status(rotated.secret)], [401, 200])
  await credentials.revoke(id)
  assert.equal(await status(rotated.secret), 401)
  assert.equal(await credentials.rotate(id), 'unknown')
  const { id: signingId } = await credentials.addSigning('Signer', [])
  const rotatedSigner = await credentials.rotate(signingId)
  assert.ok(typeof rotatedSigner === 'object' && rotatedSigner.kind === 'signing')
  const body = JSON.stringify(updated('north', 'two'))
  assert.equal((await post(server.url, body, standardHeaders(rotatedSigner.secret, body))).status, 200)
})

test('when each secret was used last is told, and kept over a restart', async () => {
  let at = Date.parse('2026-11-26T12:00:00Z')
  await using server = await testServer({ now: () => at })
  await server.passline.store.credentials.add('never used', [])
  const usedAt = async () =>
    (await server.passline.store.credentials.list()).map(({ name, secrets }) => [name, secrets[0]?.lastUsedAt])
  at += 1_000
  await server.post(updated('north', 'one'))
  const expected = [
    ['test', new Date(at)],
    ['never used', null],
  ]
  assert.deepEqual(await usedAt(), expected)
  await server.restart()
  assert.deepEqual(await usedAt(), expected)
})

test('a copy of the database opens no signing secret: the key is elsewhere, and for its owner alone', async () => {
  const key = randomBytes(32).toString('base64')
  await using server = await testServer()
  const { credentials } = server.passline.store
  const { signingSecret } = await credentials.addSigning('Stream', [])
  const body = JSON.stringify(updated('north', 'one'))
  const status = async () => (await post(server.url, body, streamHeaders(signingSecret, body))).status
  assert.equal(await status(), 200)
  const folder = path.dirname(server.databaseFile)
  const keyFile = path.join(folder, 'secret.key')
  assert.equal(statSync(keyFile).mode & 0o777, 0o600)
  for (const name of readdirSync(folder).filter((one) => one.startsWith('passline.db'))) {
    const bytes = readFileSync(path.join(folder, name))
    assert.ok(!bytes.includes(signingSecret.slice('whsec_'.length)), name)
    assert.ok(!bytes.includes(readFileSync(keyFile, 'utf8').trim()), name)
  }

  renameSync(keyFile, `${keyFile}.away`)
  await server.restart()
  assert.equal(await status(), 401, 'without its key it takes nothing')
  assert.ok(!readdirSync(folder).includes('secret.key'), 'no other key takes its place')
  await assert.rejects(server.passline.store.credentials.addSigning('Another', []), /key .* is missing/)
  renameSync(`${keyFile}.away`, keyFile)
  await server.restart()
  assert.equal(await status(), 200)

  await using chosen = await testServer({ settings: { PASSLINE_SECRET_KEY: key } })
  const added = await chosen.passline.store.credentials.addSigning('Stream', [])
  assert.equal((await post(chosen.url, body, streamHeaders(added.signingSecret, body))).status, 200)
  assert.ok(!readdirSync(path.dirname(chosen.databaseFile)).includes('secret.key'))
})

test('the newer of two secrets stays, also when the clock was set back between them', async () => {
  let at = Date.parse('2026-11-26T12:00:00Z')
  await using server = await testServer({ now: () => at })
  const { credentials } = server.passline.store
  const { id, token } = await credentials.add('Stream', [])
  at -= 3_600_000
  const rotated = await credentials.rotate(id)
  assert.ok(typeof rotated === 'object')
  await credentials.retire(id)
  assert.equal(await credentials.authenticate(token), null)
  assert.equal((await credentials.authenticate(rotated.secret))?.id, id)
})

test('a token that is revoked while its body is on its way is not taken', async () => {
  await using server = await testServer()
  const { credentials } = server.passline.store
  const { id, token } = await credentials.add('Leaving', [])
  const body = JSON.stringify(updated('north', 'one'))
  const socket = connect(server.passline.port, '127.0.0.1')
  socket.write(
    `POST /api/webhooks/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      `Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  )
  // It has been let in when its token was used.
  while (!credentials.takeUses().length) await setImmediate()
  await credentials.revoke(id)
  socket.write(body.slice(10))
  let heard = ''
  for await (const part of socket) heard += part
  assert.match(heard, /^HTTP\/1\.1 401 /)
  assert.equal(countsOf(server.databaseFile).receipts, 0)
})

test('a database from before keeps its tokens, its limits and what was revoked', async () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'passline-credentials-'))
  try {
    const [first] = readMigrations(migrationsFolder)
    cpSync(path.join(migrationsFolder, first?.name ?? ''), path.join(scratch, 'migrations', first?.name ?? ''), {
      recursive: true,
    })
    const file = path.join(scratch, 'passline.db')
    await migrate(file, path.join(scratch, 'migrations'))
    const database = new Database(file)
    const add = database.prepare(
      `INSERT INTO credentials (id, name, token_hash, created_at, revoked_at) VALUES (?, ?, ?, ?, ?)`,
    )
    const at = '2026-11-01T00:00:00.000+00:00'
    add.run('free', 'Free', hashOf('token-of-the-free-one'), at, null)
    add.run('limited', 'Limited', hashOf('token-of-the-limited-one'), at, null)
    add.run('gone', 'Gone', hashOf('token-of-the-one-that-left'), at, at)
    database.prepare(`INSERT INTO credential_locations (credential_id, location_id) VALUES ('limited', 'north')`).run()
    database.close()

    await using server = await testServer({ settings: { DATABASE_URL: `file:${file}` } })
    const status = async (token: string, location: string) =>
      (await server.post(updated(location, 'one'), { authorization: `Bearer ${token}` })).status
    assert.equal(await status('token-of-the-free-one', 'south'), 200)
    assert.equal(await status('token-of-the-limited-one', 'north'), 200)
    assert.equal(await status('token-of-the-limited-one', 'south'), 403)
    assert.equal(await status('token-of-the-one-that-left', 'south'), 401)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})
