import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, renameSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { dataFolder, type Environment, run } from '#tests/helpers/program.ts'
import { follow, readLocation } from '#tests/helpers/screens.ts'
import { send } from '#tests/helpers/send.ts'
import { stored } from '#tests/helpers/stored.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

/** The settings of a command beside this server. */
const beside = (server: TestServer): Environment => ({
  DATABASE_URL: `file:${server.databaseFile}`,
  LOG_LEVEL: 'error',
})

/** Runs a command that must succeed, and reads the one JSON object that it prints. */
async function json(environment: Environment, ...parameters: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run('passline', [...parameters, '--json'], environment)
  assert.equal(code, 0, stderr)
  assert.equal(stderr, '')
  assert.equal(stdout.trim().split('\n').length, 1)
  return JSON.parse(stdout)
}

test('beside a running server a credential is added, listed and revoked at once', async () => {
  await using server = await testServer()
  const environment = beside(server)
  const { id, token, locations } = await json(
    environment,
    'credential',
    'add',
    '--name',
    'Stream',
    '--location',
    'north',
  )
  assert.match(String(token), /^whk_/)
  assert.deepEqual(locations, ['north'])
  const post = async (locationId: string) => {
    const { status } = await server.post(updated(locationId, 'one'), { authorization: `Bearer ${token}` })
    return status
  }
  assert.deepEqual([await post('north'), await post('south')], [200, 403])
  const { credentials } = (await json(environment, 'credential', 'list')) as { credentials: Record<string, unknown>[] }
  const listed = credentials.find((one) => one.id === id)
  assert.deepEqual([listed?.name, listed?.locations, listed?.revokedAt], ['Stream', ['north'], null])
  assert.ok(!JSON.stringify(credentials).includes(String(token)))
  assert.deepEqual(await json(environment, 'credential', 'revoke', String(id)), { id })
  assert.equal(await post('north'), 401)
  const again = await run('passline', ['credential', 'revoke', String(id)], environment)
  assert.deepEqual([again.code, again.stdout], [1, ''])
  assert.match(again.stderr, /no active credential/)
})

test('a location is set before its first update and after it, and what is wrong is refused by name', async () => {
  await using server = await testServer()
  const environment = beside(server)
  const hours = '{"fri":[["18:00","02:00"]]}'
  const set = (...parameters: string[]) => json(environment, 'location', 'set', 'north', ...parameters)
  const { location } = await set(
    '--name',
    'Main Street',
    '--time-zone',
    'Europe/Madrid',
    '--language',
    'es',
    '--opening-hours',
    hours,
  )
  const expected = {
    id: 'north',
    name: 'Main Street',
    timeZone: 'Europe/Madrid',
    dayStartMinutes: 240,
    prepTimeMinutes: null,
    language: 'es',
    waitLimits: null,
    openingHours: { fri: [['18:00', '02:00']] },
  }
  assert.deepEqual(location, expected)
  await set('--prep-minutes', '25')
  const created = { location_id: 'north', idempotency_key: 'k', dsp_order_number: '1' }
  const answer = await server.post({ type: 'order.created', object: created })
  assert.equal((answer.json as { order: { prep_time_minutes: number } }).order.prep_time_minutes, 25)
  await set('--opening-hours', 'always', '--prep-minutes', 'none')
  const { locations } = await json(environment, 'location', 'list')
  assert.deepEqual(locations, [{ ...expected, openingHours: null }])
  for (const wrong of [
    ['--time-zone', 'Mars'],
    ['--opening-hours', '{"fri":[["25:00","02:00"]]}'],
    ['--prep-minutes', '0'],
    ['--language', 'tlh'],
    ['--wait-limits', '{"preparing":{"soon":20,"late":15}}'],
  ]) {
    const { code, stderr } = await run('passline', ['location', 'set', 'north', ...wrong], environment)
    assert.deepEqual([code, stderr === ''], [2, false], wrong.join(' '))
  }
})

test('beside a running server a screen is added, paired by its link once, listed and revoked', async () => {
  await using server = await testServer()
  const environment = beside(server)
  const added = await json(
    environment,
    'screen',
    'add',
    '--name',
    'Pass',
    '--role',
    'kitchen',
    '--location',
    'north',
    '--location',
    'south',
  )
  assert.deepEqual(Object.keys(added).sort(), ['id', 'link', 'token'])
  const link = String(added.link)
  assert.ok(link.startsWith(`http://localhost:${server.passline.port}/pair/`), link)
  assert.equal((await readLocation(server, String(added.token), 'south')).status, 200)
  const pair = () =>
    send(server.url, {
      path: '/api/pair',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link: link.split('/pair/')[1] }),
    })
  const paired = await pair()
  const token = /passline_screen=([^;]+)/.exec(paired.headers['set-cookie']?.[0] ?? '')?.[1] ?? ''
  assert.equal((await readLocation(server, token, 'north')).status, 200)
  assert.equal((await readLocation(server, String(added.token), 'north')).status, 401)
  assert.equal((await pair()).status, 404)
  const { screens } = (await json(environment, 'screen', 'list')) as { screens: Record<string, unknown>[] }
  assert.deepEqual(
    screens.map(({ name, role, locations }) => [name, role, locations]),
    [['Pass', 'kitchen', ['north', 'south']]],
  )
  await json(environment, 'screen', 'revoke', String(added.id))
  assert.equal((await readLocation(server, token, 'north')).status, 401)
})

test('a screen that a command revokes is told so at once', async () => {
  await using server = await testServer()
  const { id, socket } = await server.screen('counter', ['north'])
  await follow(socket)
  const revoked = once(socket as never, 'revoked')
  await json(beside(server), 'screen', 'revoke', id)
  await revoked
})

test('without a server the commands open the database themselves', async () => {
  using data = dataFolder()
  const { environment } = data
  const added = await json(environment, 'credential', 'add', '--name', 'Stream')
  assert.deepEqual(added.locations, [])
  assert.equal(statSync(path.dirname(data.databaseFile)).mode & 0o777, 0o700)
  assert.equal(statSync(data.databaseFile).mode & 0o777, 0o600)
  const screen = await json(environment, 'screen', 'add', '--name', 'Pass', '--role', 'pickup', '--every-location')
  assert.match(String(screen.link), /^http:\/\/localhost:0\/pair\/pair_/)
  const { screens } = (await json(environment, 'screen', 'list')) as { screens: Record<string, unknown>[] }
  assert.deepEqual(
    screens.map(({ locations, role }) => [locations, role]),
    [['every', 'pickup']],
  )
  await json(environment, 'credential', 'revoke', String(added.id))
  const hashes = stored(
    data.databaseFile,
    'SELECT token_hash, credentials.revoked_at FROM credentials JOIN credential_secrets ON credential_id = credentials.id',
  )
  assert.equal(hashes.length, 1)
  assert.notEqual(hashes[0]?.revoked_at, null)
  assert.ok(!JSON.stringify(hashes).includes(String(added.token)))
  assert.ok(!existsSync(path.join(path.dirname(data.databaseFile), 'passline.sock')))
})

test('what a server that died left behind does not keep commands from working', async () => {
  using data = dataFolder()
  const server = await testServer({ settings: { DATABASE_URL: `file:${data.databaseFile}` } })
  const socketFile = path.join(path.dirname(data.databaseFile), 'passline.sock')
  assert.ok(existsSync(socketFile))
  await server[Symbol.asyncDispose]()
  // Renamed, the file of a socket outlives its listener, as it does a kill.
  const stale = createServer().listen(`${socketFile}.new`)
  await once(stale, 'listening')
  renameSync(`${socketFile}.new`, socketFile)
  stale.close()
  await once(stale, 'close')
  assert.ok(existsSync(socketFile))
  await json(data.environment, 'credential', 'list')
})

test('migrate brings an empty folder to this version once, and refuses while a server runs', async () => {
  using data = dataFolder()
  const { applied } = (await json(data.environment, 'migrate')) as { applied: string[] }
  assert.ok(applied.length > 0)
  assert.deepEqual(await json(data.environment, 'migrate'), { applied: [] })
  await using server = await testServer()
  const { code, stdout, stderr } = await run('passline', ['migrate'], beside(server))
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /server has the database open/)
  const refused = await run('passline', ['migrate', '--json'], beside(server))
  assert.equal(refused.code, 1)
  assert.deepEqual(Object.keys(JSON.parse(refused.stdout)), ['error'])
})

test('misuse ends with 2 and says what is wrong, beside a server and without one', async () => {
  using data = dataFolder()
  await using server = await testServer()
  const cases: [string[], RegExp][] = [
    [['sing'], /sing/],
    [['credential'], /credential/],
    [['credential', 'sing'], /credential sing/],
    [['credential', 'add'], /name/],
    [['credential', 'add', '--surname', 'x'], /surname/],
    [['credential', 'revoke'], /id/],
    [['credential', 'list', 'a', 'b'], /unexpected/],
    [['screen', 'add', '--name', 'x', '--role', 'kitchen'], /locations/],
    [['screen', 'add', '--name', 'x', '--role', 'cook', '--location', 'north'], /role/],
  ]
  const [first, ...others] = cases
  assert.ok(first)
  const runs = [[first, data.environment] as const, ...others.map((one) => [one, beside(server)] as const)]
  for (const [[parameters, told], environment] of runs) {
    const { code, stdout, stderr } = await run('passline', parameters, environment)
    assert.deepEqual([code, stdout], [2, ''], parameters.join(' '))
    assert.match(stderr, told)
  }
  const { code, stderr } = await run('passline', ['credential', 'list'], { ...data.environment, PORT: 'http' })
  assert.equal(code, 2)
  assert.match(stderr, /PORT/)
})

test('help is no failure, needs no settings, and names every command', async () => {
  const { code, stdout } = await run('passline', ['--help'], { DATABASE_URL: 'nowhere' })
  assert.equal(code, 0)
  const commands = ['simulate', 'credential add', 'credential revoke', 'screen add', 'screen revoke', 'migrate']
  for (const command of [...commands, 'backup FILE', 'restore FILE']) {
    assert.ok(stdout.includes(command), command)
  }
})

test('without --json a result is lines that people read', async () => {
  await using server = await testServer()
  const { stdout, code } = await run(
    'passline',
    ['screen', 'add', '--name', 'Pass', '--role', 'counter', '--location', 'north'],
    beside(server),
  )
  assert.equal(code, 0)
  assert.match(stdout, /^token: scr_\S+$/m)
  assert.match(stdout, /^link: http:\S+$/m)
})

test('a signing credential is made, rotated and retired by hand', async () => {
  await using server = await testServer()
  const environment = beside(server)
  const { id, signingSecret } = await json(environment, 'credential', 'add', '--name', 'Stream', '--signing')
  assert.match(String(signingSecret), /^whsec_/)
  const rotated = await json(environment, 'credential', 'rotate', String(id))
  assert.match(String(rotated.signingSecret), /^whsec_/)
  assert.notEqual(rotated.signingSecret, signingSecret)
  const third = await run('passline', ['credential', 'rotate', String(id)], environment)
  assert.deepEqual([third.code, third.stdout], [1, ''])
  assert.match(third.stderr, /two secrets/)
  assert.deepEqual(await json(environment, 'credential', 'retire', String(id)), { id })
  const again = await run('passline', ['credential', 'retire', String(id)], environment)
  assert.match(again.stderr, /no older secret/)
  const { credentials } = (await json(environment, 'credential', 'list')) as { credentials: Record<string, unknown>[] }
  const secrets = credentials.find((one) => one.id === id)?.secrets as Record<string, unknown>[]
  assert.deepEqual(
    secrets.map(({ kind, lastUsedAt }) => [kind, lastUsedAt]),
    [['signing', null]],
  )
  assert.ok(!JSON.stringify(credentials).includes('whsec_'))
})
