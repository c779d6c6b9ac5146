import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { io } from 'socket.io-client'
import { webhookPath } from '#server/http.ts'
import { browser, goodPassword } from '#tests/helpers/browser.ts'
import { dataFolder, run, startServer } from '#tests/helpers/program.ts'
import { send } from '#tests/helpers/send.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { countsOf, stored } from '#tests/helpers/stored.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const chosenToken = 'a-token-that-was-chosen'

test('the first start tells token, set-up link and a curl line that works; the second none of them', async () => {
  using data = dataFolder()
  let token = ''
  {
    await using server = await startServer(data.environment)
    const { stdout, stderr } = server.said
    assert.equal(stderr, '')
    token = /Token +(\S+)/.exec(stdout)?.[1] ?? ''
    assert.match(token, /^whk_[\w-]{30,}$/)
    const link = /http:\/\/localhost:\d+\/set-up\/(\S+)/.exec(stdout)?.[1] ?? ''
    assert.match(link, /^[\w-]{32}$/)

    const curl =
      stdout
        .split('\n')
        .find((line) => line.trim().startsWith('curl '))
        ?.trim() ?? ''
    const { stdout: answer } = await promisify(execFile)('bash', ['-c', `${curl} --silent --show-error --noproxy '*'`])
    assert.deepEqual(JSON.parse(answer), { outcome: 'changed', seq: 1 })
    assert.equal(countsOf(data.databaseFile).orders, 1)

    const own = browser(server.url)
    const person = { name: 'Olive', email: 'olive@example.com', password: goodPassword }
    assert.equal((await own.post('/api/manager/set-up', { ...person, link })).status, 200)
    const screen = { name: 'Kitchen', role: 'kitchen', locations: 'every' }
    const added = await own.post('/api/manage/screen/add', screen)
    const paired = await own.post('/api/pair', { link: String(added.json.link).split('/pair/')[1] })
    assert.match(paired.headers.getSetCookie()[0] ?? '', /^passline_screen=[^;]+; .*; HttpOnly; SameSite=Lax$/)
    const board = JSON.parse((await own.get('/api/locations/pos_location_456/board')).text)
    assert.deepEqual(
      (board as { orders: { id: string }[] }).orders.map(({ id }) => id),
      ['pos_order_123'],
    )
    server.child.kill('SIGTERM')
    assert.equal((await server.ended).code, 0)
  }
  await using again = await startServer(data.environment)
  assert.doesNotMatch(again.said.stdout, /Token|whk_|curl|set-up/)
  const headers = { authorization: `Bearer ${token}` }
  const sent = await send(again.url, { headers, body: JSON.stringify(updated('north', 'one')) })
  assert.equal(sent.status, 200)
})

test('a chosen token works from the first start on, and is printed nowhere', async () => {
  using data = dataFolder({ PASSLINE_WEBHOOK_TOKEN: chosenToken })
  for (let start = 0; start < 2; start += 1) {
    await using server = await startServer(data.environment)
    assert.ok(!server.said.stdout.includes(chosenToken))
    const headers = { authorization: `Bearer ${chosenToken}` }
    const sent = await send(server.url, { headers, body: JSON.stringify(updated('north', `order ${start}`)) })
    assert.deepEqual([sent.status, sent.json], [200, { outcome: 'changed', seq: start + 1 }])
  }
})

test('a chosen token that was ended does not come back, nor keep the server from starting', async () => {
  await using server = await serverProcess({ PASSLINE_WEBHOOK_TOKEN: 'a-token-that-somebody-chose' })
  const { credentials } = (await server.passline('credential', 'list')) as { credentials: { id: string }[] }
  const id = credentials[0]?.id ?? ''
  const { token } = await server.passline('credential', 'rotate', id)
  await server.passline('credential', 'retire', id)
  await server.stop()
  await server.start()
  const status = async (bearer: unknown) => {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
    return (await fetch(`${server.url}/api/webhooks/stream`, { method: 'POST', headers, body: '{}' })).status
  }
  assert.deepEqual([await status('a-token-that-somebody-chose'), await status(token)], [401, 400])
})

test('a request that is under way when the server is told to stop is answered, and it ends well', async () => {
  using data = dataFolder({ PASSLINE_WEBHOOK_TOKEN: chosenToken })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    await using server = await startServer(data.environment)
    const socket = io(server.url, { transports: ['websocket'], reconnection: false, auth: { token: 'none' } })
    const body = Buffer.from(JSON.stringify(updated('north', signal)))
    const agent = new Agent({ keepAlive: true })
    const request = httpRequest(`${server.url}${webhookPath}`, {
      method: 'POST',
      agent,
      headers: {
        authorization: `Bearer ${chosenToken}`,
        'content-length': String(body.length),
        expect: '100-continue',
      },
    })
    const answered = once(request, 'response')
    // The server has seen the head of the request when it says "continue".
    request.flushHeaders()
    await once(request, 'continue')
    request.write(body.subarray(0, 20))
    const toldAt = Date.now()
    server.child.kill(signal)
    await refusesConnections(server.url)
    request.end(body.subarray(20))
    const [response] = (await answered) as [IncomingMessage]
    assert.equal(response.statusCode, 200)
    response.resume()
    const { code } = await server.ended
    assert.equal(code, 0)
    // Its connection would be kept alive for a next request; nothing waits for that.
    assert.ok(Date.now() - toldAt < 3_500, `it took ${Date.now() - toldAt} ms`)
    agent.destroy()
    socket.disconnect()
  }
  assert.deepEqual(countsOf(data.databaseFile), { receipts: 2, refusals: 0, orders: 2, changes: 2 })
})

/** Resolves once nobody listens there any more: the server has begun to stop. */
async function refusesConnections(url: string): Promise<void> {
  for (;;) {
    try {
      await send(url, { method: 'GET', path: '/api/health' })
    } catch {
      return
    }
  }
}

test('a stop does not wait for connections that ask nothing', async () => {
  using data = dataFolder()
  await using server = await startServer(data.environment)
  const agent = new Agent({ keepAlive: true })
  const request = httpRequest(`${server.url}/api/health`, { agent })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  server.child.kill('SIGINT')
  const toldAt = Date.now()
  response.resume()
  assert.equal((await server.ended).code, 0)
  assert.ok(Date.now() - toldAt < 3_000, `it took ${Date.now() - toldAt} ms`)
  agent.destroy()
})

test('a server that was stopped leaves one file, with all that was stored in it', async () => {
  await using server = await serverProcess()
  await server.post(updated('north', 'one'))
  await server.stop()
  assert.ok(!existsSync(`${server.databaseFile}-wal`))
  assert.equal(stored(server.databaseFile, 'SELECT id FROM orders').length, 1)
})

test('bad settings end the start with one message that lists each', async () => {
  using data = dataFolder({ PORT: 'http', TIME_ZONE: 'Mars/Olympus', PASSLINE_WEBHOOK_TOKEN: 'short' })
  const { code, stdout, stderr } = await run('main', [], data.environment)
  assert.equal(code, 2)
  assert.equal(stdout, '')
  for (const name of ['PORT', 'TIME_ZONE', 'PASSLINE_WEBHOOK_TOKEN'])
    assert.match(stderr, new RegExp(`^  ${name}: .+`, 'm'))
  assert.equal(stderr.trim().split('\n').length, 4)
  assert.deepEqual(readdirSync(data.folder), [])
})

test('a port that is taken ends the start with a message that names it', async () => {
  using data = dataFolder()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, stdout, stderr } = await run('main', [], { ...data.environment, PORT: String(port) })
  other.close()
  assert.equal(code, 1)
  assert.doesNotMatch(stdout, /is up/)
  assert.match(stderr, new RegExp(`^Passline could not start: .*${port}`))
  assert.doesNotMatch(stderr, /\n +at /)
})

test('a database that is none ends the start with a message, and is left as it was', async () => {
  using data = dataFolder()
  const content = 'this is no database, and somebody needs it'.repeat(100)
  mkdirSync(path.dirname(data.databaseFile))
  writeFileSync(data.databaseFile, content)
  const { code, stderr } = await run('main', [], data.environment)
  assert.equal(code, 1)
  assert.match(stderr, /^Passline could not start: .+/)
  assert.equal(statSync(data.databaseFile).size, content.length)
})

test('nobody else on the machine can read the data', async () => {
  using data = dataFolder({ PASSLINE_WEBHOOK_TOKEN: chosenToken })
  await using server = await startServer(data.environment)
  const body = JSON.stringify(updated('north', 'one'))
  assert.equal((await send(server.url, { headers: { authorization: `Bearer ${chosenToken}` }, body })).status, 200)
  const folder = path.dirname(data.databaseFile)
  const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)
  assert.equal(modeOf(folder), '700')
  const files = readdirSync(folder).sort()
  assert.ok(
    files.includes('passline.db') && files.includes('passline.db-wal') && files.includes('passline.sock'),
    files.join(),
  )
  for (const file of files) assert.equal(modeOf(path.join(folder, file)), '600', file)
})

test('what has passed through the logs names nobody and opens nothing', async () => {
  using data = dataFolder({ PASSLINE_WEBHOOK_TOKEN: chosenToken, LOG_LEVEL: 'trace' })
  await using server = await startServer(data.environment)
  const headers = { authorization: `Bearer ${chosenToken}` }
  const driver_details = { name: 'Xaver Driverly', passcode: 'QX-5519', phone: { number: '+15550002222' } }
  for (const update of [updated('north', 'one', { driver_details }), updated('', 'one', { driver_details })]) {
    await send(server.url, { headers, body: JSON.stringify(update) })
  }
  server.child.kill('SIGTERM')
  const { stdout, stderr } = await server.ended
  for (const secret of [chosenToken, 'Xaver', 'QX-5519', '5550002222'])
    assert.ok(!`${stdout}${stderr}`.includes(secret), secret)
})
