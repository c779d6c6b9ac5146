import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowedPerMinute } from '#server/rate-limit.ts'
import { browser, signedIn } from '#tests/helpers/browser.ts'
import { countOf, stored } from '#tests/helpers/stored.ts'
import { type TestServer, testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const minuteMs = 60_000
const asKitchen = { name: 'Kitchen', role: 'kitchen', locations: ['north'], isInFrontOfMe: true } as const

type Shown = { code: string; device: string; expiresAt: string }

/** A server with two locations, an owner who is signed in, and a browser that shows a code. */
async function shown(server: TestServer) {
  await server.post(updated('north', 'one'))
  await server.post(updated('south', 'two'))
  const owner = await signedIn(server, 'olive@example.com', { role: 'owner', locations: [] })
  const screen = browser(server.url)
  const pairing = (await screen.post('/api/pair/code')).json as Shown
  const poll = async () => (await screen.post('/api/pair/poll', { device: pairing.device })).json
  const board = async (locationId: string) => (await screen.get(`/api/locations/${locationId}/board`)).status
  return { owner, screen, ...pairing, poll, board }
}

test('a browser shows a code, a manager confirms it, and it is that screen from then on', async () => {
  await using server = await testServer()
  const { owner, screen, code, poll, board } = await shown(server)
  assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  assert.deepEqual(await poll(), { paired: false, state: 'waiting' })
  assert.equal(await board('north'), 401)
  // As people type: small letters, and no line.
  const typed = code.toLowerCase().replace('-', ' ')
  const confirmed = await owner.post('/api/manage/screen/pair', { ...asKitchen, code: typed, guestsCanSee: true })
  assert.equal(confirmed.status, 200)
  assert.deepEqual(await poll(), { paired: true })
  assert.match(screen.cookies.get('passline_screen') ?? '', /^scr_[\w-]{32}$/)
  assert.deepEqual([await board('north'), await board('south')], [200, 403])
  await server.restart()
  assert.equal(await board('north'), 200)
  const [listed] = (await owner.post('/api/manage/screen/list')).json.screens as Record<string, unknown>[]
  assert.deepEqual(
    { name: listed?.name, role: listed?.role, guests: listed?.guestsCanSee, isPaired: listed?.pairedAt !== null },
    { name: 'Kitchen', role: 'kitchen', guests: true, isPaired: true },
  )
})

test('a code is good once: for one manager, and for one browser', async () => {
  await using server = await testServer()
  const { owner, code, device, poll } = await shown(server)
  const confirm = () => owner.post('/api/manage/screen/pair', { ...asKitchen, code })
  const statuses = (await Promise.all([confirm(), confirm()])).map(({ status }) => status)
  assert.deepEqual(statuses.sort(), [200, 409])
  const other = browser(server.url)
  const both = await Promise.all([poll(), other.post('/api/pair/poll', { device }).then(({ json }) => json)])
  assert.deepEqual(both.filter(({ paired }) => paired === true).length, 1)
  assert.deepEqual(await poll(), { paired: false, state: 'gone' })
  assert.equal(stored(server.databaseFile, 'SELECT * FROM screens').length, 1)
})

test('a code is good for ten minutes, and is never kept as it is', async () => {
  let at = Date.now()
  await using server = await testServer({ now: () => at })
  const { owner, code, device, poll, expiresAt } = await shown(server)
  assert.equal(Date.parse(expiresAt) - at, 10 * minuteMs)
  const rows = JSON.stringify(stored(server.databaseFile, 'SELECT * FROM pairing_codes'))
  assert.ok(!rows.includes(code.replace('-', '')) && !rows.includes(device))
  at += 10 * minuteMs
  assert.equal((await owner.post('/api/manage/screen/pair', { ...asKitchen, code })).status, 409)
  assert.deepEqual(await poll(), { paired: false, state: 'gone' })
  await browser(server.url).post('/api/pair/code')
  assert.equal(stored(server.databaseFile, 'SELECT * FROM pairing_codes').length, 1)
})

test('who is not in front of the screen does not pair it, nor who guesses', async () => {
  await using server = await testServer()
  const { owner, code, poll } = await shown(server)
  const confirm = (given: object) => owner.post('/api/manage/screen/pair', { ...asKitchen, code, ...given })
  assert.equal((await confirm({ isInFrontOfMe: undefined })).status, 400)
  assert.equal((await confirm({ isInFrontOfMe: false })).status, 400)
  assert.equal((await confirm({ code: 'BBBB-BBBB' })).status, 409)
  assert.equal((await browser(server.url).post('/api/manage/screen/pair', { ...asKitchen, code })).status, 401)
  assert.deepEqual(await poll(), { paired: false, state: 'waiting' })
})

test('guesses of a code are counted, whoever makes them, and when many come at once', async () => {
  await using server = await testServer()
  const { owner, code } = await shown(server)
  const guess = (code: string) => owner.post('/api/manage/screen/pair', { ...asKitchen, code })
  // What was no guess does not count.
  assert.equal((await guess(code)).status, 200)
  assert.equal((await guess('')).status, 400)
  const answers = await Promise.all(Array.from({ length: 25 }, () => guess('BBBB-BBBB')))
  const statuses = answers.map(({ status }) => status)
  assert.deepEqual([...new Set(statuses)].sort(), [409, 429])
  assert.equal(statuses.filter((status) => status === 409).length, allowedPerMinute.wrongCodes)
})

test('a stranger who asks for code after code is told to wait', async () => {
  await using server = await testServer()
  const statuses = []
  for (let index = 0; index < 32; index += 1) statuses.push((await browser(server.url).post('/api/pair/code')).status)
  assert.deepEqual([...new Set(statuses)], [200, 429])
})

test('however many codes strangers have asked for, a screen gets one', async () => {
  await using server = await testServer()
  const at = (index: number) => new Date(Date.now() + 5 * minuteMs + index)
  const waiting = (index: number) => ({
    id: `w${index}`,
    codeHash: `c${index}`,
    deviceHash: `d${index}`,
    expiresAt: at(index),
  })
  const confirmed = { ...waiting(-1), screenId: 'kitchen', expiresAt: new Date(Date.now() + minuteMs) }
  await server.passline.store.writer.administer((client) =>
    client.pairingCode.createMany({
      data: [confirmed, ...Array.from({ length: 10_000 }, (_, index) => waiting(index))],
    }),
  )
  const { code, poll } = await shown(server)
  assert.match(code, /^....-....$/)
  assert.deepEqual(await poll(), { paired: false, state: 'waiting' })
  assert.equal(countOf(server.databaseFile, 'pairing_codes'), 10_001)
  assert.equal(stored(server.databaseFile, "SELECT id FROM pairing_codes WHERE screen_id = 'kitchen'").length, 1)
  assert.deepEqual(stored(server.databaseFile, "SELECT id FROM pairing_codes WHERE id IN ('w0', 'w1')"), [{ id: 'w1' }])
})

test('a screen is moved without touching it: it comes back as what it is now', async () => {
  await using server = await testServer()
  const { owner } = await shown(server)
  const { id, socket, token } = await server.screen('kitchen', ['north'])
  const beat = () =>
    socket.emitWithAck('beat', { n: 1, positions: {}, painted: {}, paints: [], hidden: 0, sound: 'off', build: 'x' })
  const before = await beat()
  assert.ok('locations' in before)
  assert.deepEqual(Object.keys(before.locations), ['north'])
  const gone = new Promise<string>((resolve) => socket.once('disconnect', resolve))
  assert.equal((await owner.post('/api/manage/screen/set', { id, locations: ['south'] })).status, 200)
  assert.equal(await gone, 'io server disconnect')
  const back = new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  socket.connect()
  await back
  const after = await beat()
  assert.ok('locations' in after)
  assert.deepEqual(Object.keys(after.locations), ['south'])
  assert.notEqual(after.settings, before.settings)
  const headers = { authorization: `Bearer ${token}` }
  const status = async (place: string) =>
    (await fetch(`${server.url}/api/locations/${place}/board`, { headers })).status
  assert.deepEqual([await status('north'), await status('south')], [403, 200])
})
