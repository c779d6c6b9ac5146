/** Who may do what on the manage pages, and what is noted of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandSchemas, managersCommands } from '#server/commands.ts'
import { browser, goodPassword, signedIn } from '#tests/helpers/browser.ts'
import { stored } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const path = (command: string) => `/api/manage/${command.replace(' ', '/')}`

test('a stranger, and a screen, may ask for nothing of it', async () => {
  await using server = await testServer()
  const { token } = await server.screen('kitchen', 'every')
  const stranger = browser(server.url)
  for (const command of Object.keys(commandSchemas)) {
    assert.equal((await stranger.post(path(command))).status, 401, command)
    const asScreen = await stranger.post(
      path(command),
      {},
      { authorization: `Bearer ${token}`, cookie: `passline_screen=${token}` },
    )
    assert.equal(asScreen.status, 401, command)
  }
})

test('a manager of one location manages that one alone', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  await server.post(updated('south', 'two'))
  const mia = await signedIn(server, 'mia@example.com', { role: 'manager', locations: ['north'] })
  for (const command of Object.keys(commandSchemas)) {
    if (managersCommands.has(command as never)) continue
    assert.equal((await mia.post(path(command), { id: 'x', email: 'x@example.com' })).status, 403, command)
  }
  const ask = async (command: string, given: object) => (await mia.post(path(command), given)).status
  const screen = { name: 'Kitchen', role: 'kitchen' }
  assert.equal(await ask('screen add', { ...screen, locations: ['north'] }), 200)
  for (const locations of [['south'], ['north', 'south'], 'every'] as const) {
    assert.equal(await ask('screen add', { ...screen, locations }), 403)
    assert.equal(await ask('screen pair', { ...screen, locations, code: 'BBBB-BBBB', isInFrontOfMe: true }), 403)
  }
  const theirs = await server.screen('kitchen', ['south'])
  const shared = await server.screen('kitchen', ['north', 'south'])
  const every = await server.screen('kitchen', 'every')
  for (const { id } of [theirs, shared, every]) {
    assert.equal(await ask('screen revoke', { id }), 409)
    assert.equal(await ask('screen set', { id, name: 'Mine' }), 409)
  }
  const own = await server.screen('kitchen', ['north'])
  assert.equal(await ask('screen set', { id: own.id, locations: ['south'] }), 403)
  assert.equal(await ask('screen set', { id: own.id, name: 'Pass' }), 200)
  assert.equal(await ask('location set', { id: 'south', name: 'Mine' }), 403)
  assert.equal(await ask('location set', { id: 'north', name: 'North Street' }), 200)
  const { locations } = (await mia.post(path('location list'))).json as { locations: { id: string }[] }
  assert.deepEqual(
    locations.map(({ id }) => id),
    ['north'],
  )
  const { screens } = (await mia.post(path('screen list'))).json as { screens: { locations: string[] }[] }
  assert.deepEqual([...new Set(screens.flatMap((one) => one.locations))], ['north'])
  assert.ok(
    screens.every((one) => !('addedBy' in one)),
    'who else there is',
  )
})

test("an owner gives rights and takes them, but never the last owner's", async () => {
  await using server = await testServer()
  const olive = await signedIn(server, 'olive@example.com', { role: 'owner', locations: [] })
  const added = await olive.post(path('manager add'), {
    email: 'Mia@Example.com',
    role: 'manager',
    locations: ['north'],
  })
  const link = String(added.json.link).split('/password/')[1] ?? ''
  const mia = browser(server.url)
  assert.equal((await mia.post('/api/manager/choose-password', { link, password: goodPassword })).status, 200)
  const signIn = { email: 'mia@example.com', password: goodPassword }
  assert.equal((await mia.post('/api/manager/sign-in', signIn)).status, 200)
  assert.equal((await mia.post(path('credential list'))).status, 403)
  const people = (await olive.post(path('manager list'))).json.managers as { id: string; email: string }[]
  const idOf = (email: string) => people.find((one) => one.email === email)?.id
  assert.equal((await olive.post(path('manager set'), { id: idOf('olive@example.com'), role: 'manager' })).status, 409)
  assert.equal((await olive.post(path('manager remove'), { id: idOf('olive@example.com') })).status, 409)
  // What was given holds at once.
  assert.equal((await olive.post(path('manager set'), { id: idOf('mia@example.com'), role: 'owner' })).status, 200)
  assert.equal((await mia.post(path('credential list'))).status, 200)
  // What who leaves has made a screen is told, for one may be in their hands.
  await olive.post(path('screen add'), { name: 'Phone', role: 'kitchen', locations: ['north'] })
  const gone = await mia.post(path('manager remove'), { id: idOf('olive@example.com') })
  assert.deepEqual(
    (gone.json.screens as { name: string }[]).map(({ name }) => name),
    ['Phone'],
  )
  assert.equal((await olive.post(path('manager list'))).status, 401)
})

test('a name that no database keeps whole is refused, wherever one is given', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  const link = await server.passline.accounts.setUpLink()
  const first = { link, email: 'first@example.com', password: goodPassword }
  const stranger = browser(server.url)
  assert.equal((await stranger.post('/api/manager/set-up', { ...first, name: 'Ol\0ive' })).status, 400)
  const olive = await signedIn(server, 'olive@example.com', { role: 'owner', locations: [] })
  for (const name of ['a\0b', 'half \ud83c']) {
    for (const [command, given] of [
      ['screen add', { role: 'kitchen', locations: ['north'] }],
      ['credential add', {}],
      ['manager add', { email: 'mia@example.com', role: 'owner' }],
      ['location set', { id: 'north' }],
    ] as const) {
      assert.equal((await olive.post(path(command), { ...given, name })).status, 400, command)
    }
  }
  assert.equal((await olive.post(path('credential add'), { name: String.raw`back\u0000slash 🍜` })).status, 200)
})

test('an owner signs somebody out everywhere, and the account stays', async () => {
  await using server = await testServer()
  const olive = await signedIn(server, 'olive@example.com', { role: 'owner', locations: [] })
  const mia = await signedIn(server, 'mia@example.com', { role: 'manager', locations: ['north'] })
  const id = (await server.passline.store.managers.findByEmail('mia@example.com'))?.id
  assert.equal((await olive.post(path('manager sign-out'), { id })).status, 200)
  assert.equal((await mia.post(path('screen list'))).status, 401)
  const again = await mia.post('/api/manager/sign-in', { email: 'mia@example.com', password: goodPassword })
  assert.equal(again.status, 200)
})

test('the audit tells who did what, and opens nothing', async () => {
  await using server = await testServer()
  const olive = await signedIn(server, 'olive@example.com', { role: 'owner', locations: [] })
  const { code, device } = (await browser(server.url).post('/api/pair/code')).json as { code: string; device: string }
  const screen = { name: 'Kitchen', role: 'kitchen', locations: ['north'], code, isInFrontOfMe: true }
  const { id } = (await olive.post(path('screen pair'), screen)).json
  const added = (await olive.post(path('credential add'), { name: 'Stream' })).json
  const rotated = (await olive.post(path('credential rotate'), { id: added.id })).json
  const person = (await olive.post(path('manager add'), { email: 'mia@example.com', role: 'owner' })).json
  await olive.post(path('screen revoke'), { id })
  await olive.post(path('screen revoke'), { id: 'no such screen' })
  await olive.post(path('screen list'))
  const { entries } = (await olive.post(path('audit list'))).json as {
    entries: { by: string; action: string; about: Record<string, unknown> }[]
  }
  assert.deepEqual(
    entries.map(({ by, action, about }) => [by, action, about.name ?? about.email ?? about.id]).reverse(),
    [
      ['olive@example.com', 'sign in', undefined],
      ['olive@example.com', 'screen pair', 'Kitchen'],
      ['olive@example.com', 'credential add', 'Stream'],
      ['olive@example.com', 'credential rotate', added.id],
      ['olive@example.com', 'manager add', 'mia@example.com'],
      ['olive@example.com', 'screen revoke', 'Kitchen'],
    ],
  )
  const kept = JSON.stringify(stored(server.databaseFile, 'SELECT * FROM audit_entries'))
  for (const secret of [
    code,
    device,
    added.token,
    rotated.token,
    String(person.link).split('/').at(-1),
    goodPassword,
  ]) {
    assert.ok(typeof secret === 'string' && secret !== '' && !kept.includes(secret), String(secret))
  }
  const mia = await signedIn(server, 'manager@example.com', { role: 'manager', locations: ['north'] })
  assert.equal((await mia.post(path('audit list'))).status, 403)
})

test('a location that is given twice is given once', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  const olive = await signedIn(server, 'olive@example.com', { role: 'owner', locations: [] })
  const noah = await signedIn(server, 'noah@example.com', { role: 'manager', locations: ['south'] })
  const twice = { locations: ['north', ' north'] }
  const kitchen = { name: 'Kitchen', role: 'kitchen' }
  const { id } = await server.screen('kitchen', ['north'])
  assert.equal((await olive.post(path('screen set'), { id, ...twice })).status, 200)
  assert.equal((await noah.post(path('screen set'), { id, locations: ['south'] })).status, 409)
  assert.equal((await olive.post(path('screen add'), { ...kitchen, ...twice })).status, 200)
  const { code } = (await browser(server.url).post('/api/pair/code')).json
  const pair = { ...kitchen, ...twice, code, isInFrontOfMe: true }
  assert.equal((await olive.post(path('screen pair'), pair)).status, 200)
  assert.equal((await olive.post(path('credential add'), { name: 'Stream', ...twice })).status, 200)
  const person = { email: 'mia@example.com', role: 'manager' }
  assert.equal((await olive.post(path('manager add'), { ...person, ...twice })).status, 200)
  const { managers } = (await olive.post(path('manager list'))).json as { managers: { id: string; email: string }[] }
  const mia = managers.find(({ email }) => email === person.email)
  assert.equal((await olive.post(path('manager set'), { ...mia, ...twice })).status, 200)
  const tables = ['screen_locations', 'credential_locations', 'manager_locations']
  for (const table of tables) {
    const places = stored(server.databaseFile, `SELECT location_id FROM ${table} WHERE location_id <> 'south'`)
    assert.deepEqual([...new Set(places.map((one) => one.location_id))], ['north'], table)
  }
})

test('a write that fails half-way leaves everything as it was', async () => {
  await using server = await testServer()
  const { managers, screens } = server.passline.store
  await signedIn(server, 'mia@example.com', { role: 'manager', locations: ['north'] })
  const mia = await managers.findByEmail('mia@example.com')
  const twice = ['south', 'south']
  await assert.rejects(managers.setAccess(mia?.id ?? '', { role: 'manager', locations: twice }))
  assert.deepEqual((await managers.findByEmail('mia@example.com'))?.locations, ['north'])
  await assert.rejects(
    server.passline.accounts.create({ email: 'x@example.com', name: 'X', role: 'manager', locations: twice }, null),
  )
  assert.equal(await managers.findByEmail('x@example.com'), null)
  const { id } = await server.screen('kitchen', ['north'])
  await assert.rejects(screens.set(id, { locations: twice, name: 'Other' }))
  assert.deepEqual((await screens.find(id))?.locations, ['north'])
  const { pairingCodes } = server.passline.store
  const { code } = await pairingCodes.begin()
  const kitchen = { name: 'Kitchen', role: 'kitchen' } as const
  await assert.rejects(pairingCodes.confirm(code, { ...kitchen, locations: twice }))
  assert.notEqual(await pairingCodes.confirm(code, { ...kitchen, locations: ['north'] }), null)
})

test('a screen that is being moved away is not theirs any more who had it', async () => {
  await using server = await testServer()
  const { screens } = server.passline.store
  const olive = await signedIn(server, 'olive@example.com', { role: 'owner', locations: [] })
  const noah = await signedIn(server, 'noah@example.com', { role: 'manager', locations: ['south'] })
  for (let round = 0; round < 5; round += 1) {
    const { id } = await screens.add({ name: 'Pass', role: 'kitchen', locations: ['south'] })
    const [moved, taken] = await Promise.all([
      olive.post(path('screen set'), { id, locations: ['north'] }),
      noah.post(path('screen set'), { id, name: 'Mine' }),
    ])
    assert.equal(moved.status, 200)
    const screen = await screens.find(id)
    assert.deepEqual(screen?.locations, ['north'])
    // Named before it was moved, or not at all.
    assert.equal(screen?.name === 'Mine', taken.status === 200)
    const late = await noah.post(path('screen set'), { id, name: 'Mine again' })
    assert.equal(late.status, 409)
  }
  const { id } = await screens.add({ name: 'Pass', role: 'kitchen', locations: ['south'] })
  const isSouths = (places: readonly string[] | 'every') => places.includes('south')
  await screens.set(id, { locations: ['north'] })
  assert.equal(await screens.set(id, { locations: ['south'] }, isSouths), false)
  assert.equal(await screens.revoke(id, isSouths), null)
  assert.deepEqual((await screens.find(id))?.locations, ['north'])
})

test('what has no location is nobody’s but an owner’s', async () => {
  await using server = await testServer()
  const noah = await signedIn(server, 'noah@example.com', { role: 'manager', locations: ['south'] })
  const { id } = await server.screen('kitchen', [])
  assert.equal((await noah.post(path('screen set'), { id, locations: ['south'] })).status, 409)
  assert.equal((await noah.post(path('screen revoke'), { id })).status, 409)
  assert.deepEqual((await noah.post(path('screen list'))).json.screens, [])
})
