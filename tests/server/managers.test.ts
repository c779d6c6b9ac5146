import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordProblem } from '#server/managers/password-rules.ts'
import { browser, goodPassword, passwordLinkOf, signedIn, totp } from '#tests/helpers/browser.ts'
import { stored } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'

const owner = { role: 'owner', locations: [] } as const
const email = 'olive@example.com'

test('the first manager comes by the set-up link: once, and by the newest alone', async () => {
  await using server = await testServer()
  const { accounts } = server.passline
  const earlier = await accounts.setUpLink()
  const link = await accounts.setUpLink()
  const person = { name: 'Olive', email: 'Olive@Example.com', password: goodPassword }
  const own = browser(server.url)
  assert.equal((await own.post('/api/manager/set-up', { ...person, link: earlier })).status, 404)
  const weak = await own.post('/api/manager/set-up', { ...person, link, password: 'olive@example.com' })
  assert.deepEqual([weak.status, issueOf(weak)], [400, 'guessable'])
  // A password that is refused does not use the link up.
  assert.equal((await own.post('/api/manager/set-up', { ...person, link })).status, 200)
  assert.equal((await own.post('/api/manage/manager/list')).status, 200)
  assert.equal((await browser(server.url).post('/api/manager/set-up', { ...person, link })).status, 404)
  assert.equal((await server.passline.store.managers.findByEmail(email))?.role, 'owner')
})

test('of two who use the set-up link at one moment one becomes the manager', async () => {
  await using server = await testServer()
  const link = await server.passline.accounts.setUpLink()
  const ask = (name: string) =>
    browser(server.url).post('/api/manager/set-up', { link, name, email: `${name}@x.org`, password: goodPassword })
  const statuses = (await Promise.all([ask('one'), ask('two')])).map(({ status }) => status)
  assert.deepEqual(statuses.sort(), [200, 404])
})

test('nobody learns by signing in whether there is such a manager', async () => {
  await using server = await testServer()
  await signedIn(server, email, owner)
  const own = browser(server.url)
  const wrong = await own.post('/api/manager/sign-in', { email, password: 'not the password' })
  const unknown = await own.post('/api/manager/sign-in', { email: 'nobody@example.com', password: 'not the password' })
  assert.deepEqual([wrong.status, wrong.json], [unknown.status, unknown.json])
  assert.equal(wrong.status, 401)
  assert.deepEqual(wrong.headers.getSetCookie(), [])
})

test('a session is in a cookie that no script reads, of this host alone where people come over https', async () => {
  for (const [settings, expected] of [
    [{}, /^passline\.session_token=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/],
    [
      { PUBLIC_URL: 'https://passline.example' },
      /^__Host-passline\.session_token=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ],
  ] as const) {
    await using server = await testServer({ settings: { ...settings } })
    await server.passline.accounts.create({ email, name: 'Olive', ...owner }, goodPassword)
    const own = browser(server.url)
    const signed = await own.post('/api/manager/sign-in', { email, password: goodPassword })
    assert.match(signed.headers.getSetCookie()[0] ?? '', expected)
    assert.equal((await own.post('/api/manage/screen/list')).status, 200)
    // The session that was there before signing in is not the one after: nobody can fix one for somebody else.
    const before = own.cookies.get([...own.cookies.keys()][0] ?? '')
    await own.post('/api/manager/sign-in', { email, password: goodPassword })
    assert.notEqual(own.cookies.get([...own.cookies.keys()][0] ?? ''), before)
  }
})

test('signing out ends this session, signing out everywhere all of them', async () => {
  await using server = await testServer()
  const one = await signedIn(server, email, owner)
  const other = browser(server.url)
  await other.post('/api/manager/sign-in', { email, password: goodPassword })
  const stolen = [...one.cookies]
  assert.equal((await one.post('/api/manager/sign-out')).status, 200)
  const thief = browser(server.url)
  for (const [name, value] of stolen) thief.cookies.set(name, value)
  assert.equal((await thief.post('/api/manage/screen/list')).status, 401)
  assert.equal((await other.post('/api/manage/screen/list')).status, 200)
  await one.post('/api/manager/sign-in', { email, password: goodPassword })
  assert.equal((await one.post('/api/manager/sign-out-everywhere')).status, 200)
  assert.equal((await other.post('/api/manage/screen/list')).status, 401)
})

test('a new password needs the one before, and ends every other session', async () => {
  await using server = await testServer()
  const one = await signedIn(server, email, owner)
  const other = browser(server.url)
  await other.post('/api/manager/sign-in', { email, password: goodPassword })
  const newPassword = 'copper-meadow-19-violin'
  const change = (password: string) => one.post('/api/manager/change-password', { password, newPassword })
  assert.equal((await change('not the password')).status, 409)
  assert.equal((await change(goodPassword)).status, 200)
  assert.equal((await other.post('/api/manage/screen/list')).status, 401)
  assert.equal((await one.post('/api/manage/screen/list')).status, 200)
  assert.equal((await other.post('/api/manager/sign-in', { email, password: goodPassword })).status, 401)
  assert.equal((await other.post('/api/manager/sign-in', { email, password: newPassword })).status, 200)
})

test('a link to choose a password is good once, and ends sessions and other links', async () => {
  await using server = await testServer()
  const one = await signedIn(server, email, owner)
  // Made at one moment, each is its own.
  const [link = '', another = ''] = await Promise.all([passwordLinkOf(server, email), passwordLinkOf(server, email)])
  const password = 'copper-meadow-19-violin'
  const choose = (used: string) => browser(server.url).post('/api/manager/choose-password', { link: used, password })
  assert.equal((await choose('nothing')).status, 404)
  assert.equal((await choose(link)).status, 200)
  assert.deepEqual([(await choose(link)).status, (await choose(another)).status], [404, 404])
  assert.equal((await one.post('/api/manage/screen/list')).status, 401)
  assert.ok(
    !stored(server.databaseFile, 'SELECT * FROM manager_verifications').some((row) =>
      JSON.stringify(row).includes(link),
    ),
  )
})

test('guessing a password is slow, from one address and on one account', async () => {
  await using server = await testServer({ settings: { TRUSTED_PROXIES: 'loopback' } })
  await signedIn(server, email, owner)
  const guess = (from: string, account: string) =>
    browser(server.url).post(
      '/api/manager/sign-in',
      { email: account, password: 'not the password' },
      { 'x-forwarded-for': from },
    )
  const fromOne = []
  for (let index = 0; index < 12; index += 1) fromOne.push((await guess('203.0.113.1', `who${index}@x.org`)).status)
  assert.deepEqual([...new Set(fromOne)], [401, 429])
  const onOne = []
  for (let index = 0; index < 34; index += 1) onOne.push((await guess(`198.51.100.${index}`, email)).status)
  assert.equal(onOne.at(-1), 429)
  const refused = await guess('198.51.100.99', email)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
})

test('many guesses at one moment are no more than one after the other', async () => {
  await using server = await testServer()
  await signedIn(server, email, owner)
  const guess = () => browser(server.url).post('/api/manager/sign-in', { email, password: 'not the password' })
  const statuses = (await Promise.all(Array.from({ length: 25 }, guess))).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 401).length, 10)
})

test('guesses of strangers close an account neither to its browsers nor to who is signed in', async () => {
  await using server = await testServer({ settings: { TRUSTED_PROXIES: 'loopback' } })
  const own = await signedIn(server, email, owner)
  for (let index = 0; index < 31; index += 1) {
    const from = { 'x-forwarded-for': `198.51.100.${index}` }
    await browser(server.url).post('/api/manager/sign-in', { email, password: 'not the password' }, from)
  }
  const password = goodPassword
  assert.equal((await browser(server.url).post('/api/manager/sign-in', { email, password })).status, 429)
  assert.equal((await own.post('/api/manager/begin-second-factor', { password })).status, 200)
  assert.equal((await own.post('/api/manager/sign-out-everywhere')).status, 200)
  assert.equal((await own.post('/api/manager/sign-in', { email, password })).status, 200)
  const link = await passwordLinkOf(server, email)
  const anew = browser(server.url)
  assert.equal((await anew.post('/api/manager/choose-password', { link, password })).status, 200)
  assert.equal((await anew.post('/api/manager/sign-in', { email, password })).status, 200)
  // What a browser is known by is known of this account alone.
  const other = browser(server.url)
  for (const [name, value] of own.cookies)
    other.cookies.set(name, name.endsWith('known') ? `${value.slice(0, -1)}_` : value)
  other.cookies.delete('passline.session_token')
  assert.equal((await other.post('/api/manager/sign-in', { email, password })).status, 429)
})

test('who signs in over another session ends that one', async () => {
  await using server = await testServer()
  const own = await signedIn(server, email, owner)
  const before = browser(server.url)
  for (const [name, value] of own.cookies) before.cookies.set(name, value)
  await own.post('/api/manager/sign-in', { email, password: goodPassword })
  assert.equal((await before.post('/api/manage/screen/list')).status, 401)
  assert.equal((await own.post('/api/manage/screen/list')).status, 200)
})

test('with a second step a password alone opens nothing', async () => {
  await using server = await testServer()
  const own = await signedIn(server, email, owner)
  assert.equal((await own.post('/api/manager/begin-second-factor', { password: 'not the password' })).status, 409)
  const begun = await own.post('/api/manager/begin-second-factor', { password: goodPassword })
  const uri = String(begun.json.uri)
  assert.match(uri, /^otpauth:\/\/totp\/Passline:/)
  const [backupCode = ''] = begun.json.backupCodes as string[]
  // Until a code was shown, nothing is asked for.
  assert.equal(
    (await browser(server.url).post('/api/manager/sign-in', { email, password: goodPassword })).json.done,
    true,
  )
  // Of the three that are good at any moment each is taken once.
  const earlier = totp(uri, Date.now() - 30_000)
  assert.equal((await own.post('/api/manager/confirm-second-factor', { code: earlier })).status, 200)

  const next = browser(server.url)
  const first = await next.post('/api/manager/sign-in', { email, password: goodPassword })
  assert.deepEqual([first.status, first.json], [200, { secondStep: true }])
  assert.ok(!next.cookies.has('passline.session_token'))
  assert.equal((await next.post('/api/manage/screen/list')).status, 401)
  assert.equal((await next.post('/api/manager/second-step', { code: '000000' })).status, 401)
  assert.equal((await next.post('/api/manager/second-step', { code: earlier })).status, 401)
  const current = totp(uri)
  assert.equal((await next.post('/api/manager/second-step', { code: current })).status, 200)
  assert.equal((await next.post('/api/manage/screen/list')).status, 200)
  // Over somebody's shoulder:
  const looker = browser(server.url)
  await looker.post('/api/manager/sign-in', { email, password: goodPassword })
  assert.equal((await looker.post('/api/manager/second-step', { code: current })).status, 401)
  const later = totp(uri, Date.now() + 30_000)
  assert.equal((await looker.post('/api/manager/second-step', { code: later })).status, 200)

  const lost = browser(server.url)
  await lost.post('/api/manager/sign-in', { email, password: goodPassword })
  assert.equal((await lost.post('/api/manager/second-step', { code: backupCode })).status, 200)
  const again = browser(server.url)
  await again.post('/api/manager/sign-in', { email, password: goodPassword })
  assert.equal((await again.post('/api/manager/second-step', { code: backupCode })).status, 401)

  const [row] = stored(server.databaseFile, 'SELECT secret, backup_codes FROM manager_two_factors')
  const secret = new URL(uri).searchParams.get('secret') ?? ''
  assert.ok(!JSON.stringify(row).includes(secret) && !JSON.stringify(row).includes(backupCode))
})

test('a session that is old, unused, or whose manager was removed opens nothing', async () => {
  await using server = await testServer()
  const own = await signedIn(server, email, owner)
  const other = await signedIn(server, 'mia@example.com', { role: 'manager', locations: ['north'] })
  const { store } = server.passline
  const mia = await store.managers.findByEmail('mia@example.com')
  assert.equal((await own.post('/api/manage/manager/remove', { id: mia?.id })).status, 200)
  assert.equal((await other.post('/api/manage/screen/list')).status, 401)
  const age = async (field: 'expiresAt' | 'updatedAt', days: number) => {
    const at = new Date(Date.now() + days * 24 * 3_600_000)
    await store.writer.administer((client) => client.managerSession.updateMany({ data: { [field]: at } }))
    return (await own.post('/api/manage/screen/list')).status
  }
  // Used within the week, it is used now.
  assert.equal(await age('updatedAt', -6.9), 200)
  assert.equal(await age('updatedAt', -7.1), 401)
  // It has ended, for good.
  assert.equal(await age('updatedAt', 0), 401)
  await own.post('/api/manager/sign-in', { email, password: goodPassword })
  assert.equal(await age('updatedAt', 0), 200)
  assert.equal(await age('expiresAt', -0.1), 401)
})

test('an action of a page that is not ours is refused, whoever is signed in', async () => {
  await using server = await testServer()
  const own = await signedIn(server, email, owner)
  const foreign = await own.post('/api/manage/screen/list', {}, { origin: 'https://elsewhere.example' })
  assert.equal(foreign.status, 403)
  assert.equal((await own.post('/api/manager/sign-out', {}, { origin: 'https://elsewhere.example' })).status, 403)
  // What a form of another page can send, a browser of old that tells no origin included.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    assert.equal((await own.post('/api/manage/screen/list', {}, { 'content-type': type })).status, 400, type)
  }
  assert.equal((await own.post('/api/manage/screen/list', { much: 'x'.repeat(70_000) })).status, 400)
})

test('a password is long and no common one; no rule asks for signs', () => {
  assert.equal(passwordProblem('short', []), 'too_short')
  assert.equal(passwordProblem('x'.repeat(129), []), 'too_long')
  for (const common of ['password1234', 'pizzeria2025', 'restaurant2026', 'Summer2025!!', 'monkeybusiness'])
    assert.equal(passwordProblem(common, []), 'guessable', common)
  assert.equal(passwordProblem('olive@example.com', [email]), 'guessable')
  assert.equal(passwordProblem('correct horse battery', []), null)
  assert.equal(passwordProblem('пять столов и окно', []), null)
})

function issueOf({ json }: { json: Record<string, unknown> }): unknown {
  return (json.error as { issues: { message: string }[] }).issues[0]?.message
}

test('ten wrong codes lock the second step, however many come at once', async () => {
  await using server = await testServer({ settings: { TRUSTED_PROXIES: '127.0.0.1' } })
  const own = await signedIn(server, email, owner)
  const begun = await own.post('/api/manager/begin-second-factor', { password: goodPassword })
  const uri = String(begun.json.uri)
  const earlier = totp(uri, Date.now() - 30_000)
  assert.equal((await own.post('/api/manager/confirm-second-factor', { code: earlier })).status, 200)
  const addresses = Array.from({ length: 24 }, (_, index) => ({ 'x-forwarded-for': `198.51.100.${index}` }))
  const guessers = await Promise.all(
    addresses.map(async (from) => {
      const guesser = browser(server.url)
      const answer = await guesser.post('/api/manager/sign-in', { email, password: goodPassword }, from)
      assert.equal(answer.json.secondStep, true)
      return (code: string) => guesser.post('/api/manager/second-step', { code }, from)
    }),
  )
  const good = [-30_000, 0, 30_000].map((ms) => totp(uri, Date.now() + ms))
  const wrong = Array.from({ length: 50 }, (_, index) => String(100_000 + index)).filter((one) => !good.includes(one))
  const answers = await Promise.all(guessers.map((guess, index) => guess(wrong[index] ?? '')))
  assert.ok(answers.every(({ status }) => status === 401))
  const [row] = stored(server.databaseFile, 'SELECT failed_verification_count AS failed FROM manager_two_factors')
  assert.equal(row?.failed, 10)
  assert.equal((await guessers[0]?.(totp(uri)))?.status, 401)
})
