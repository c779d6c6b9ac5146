import { readFileSync } from 'node:fs'
import { expect, type Page } from '@playwright/test'
import { goodPassword, totp } from '../helpers/browser.ts'
import { example } from '../helpers/server-process.ts'
import { updated } from '../helpers/webhooks.ts'
import { card, openPage, ownerEmail, said, showCode, test } from './manage.ts'
import { place, says } from './screens.ts'

const newPassword = 'copper-meadow-19-violin'

test('a page asks who it is first, and opens after signing in', async ({ browser, server }) => {
  const page = await openPage(browser, server.url)
  await page.goto('/manage/pair?code=BCDF-GHJK')
  await expect(page).toHaveURL(/\/login\?next=/)
  await page.getByLabel('E-mail address').fill(ownerEmail)
  await page.getByLabel('Password').fill(goodPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByLabel('Code on the screen')).toHaveValue('BCDF-GHJK')
  await expect(page.getByText('not encrypted')).toBeVisible()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL('/login')
  await page.goto('/manage')
  await expect(page).toHaveURL(/\/login\?next=/)
})

test('a new sender tells its token once, and sends with it until it is revoked', async ({ server, signIn }) => {
  const page = await signIn()
  await page.goto('/manage/senders')
  await expect(page.getByLabel('Address for webhooks')).toHaveValue(`${server.url}/api/webhooks/stream`)
  await page.getByRole('button', { name: 'Add a sender' }).click()
  await page.getByLabel('Name of the sender').fill('Stream test')
  await page.getByRole('region', { name: 'Add a sender' }).getByRole('button', { name: 'Add a sender' }).click()
  const token = await page.getByRole('textbox', { name: 'Token' }).inputValue()
  const send = async (secret: string) => {
    const answer = await fetch(`${server.url}/api/webhooks/stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: '{}',
    })
    return answer.status
  }
  expect(await send(token)).toBe(400)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.reload()
  expect(await page.content()).not.toContain(token)

  const sender = card(page, 'Stream test')
  await sender.getByRole('button', { name: 'New secret' }).click()
  await sender.getByRole('button', { name: 'Make it' }).click()
  const next = await sender.getByRole('textbox', { name: 'Token' }).inputValue()
  await sender.getByRole('button', { name: 'Done' }).click()
  expect([await send(token), await send(next)]).toEqual([400, 400])
  await sender.getByRole('button', { name: 'End the older secret' }).click()
  await sender.getByRole('region').getByRole('button', { name: 'End the older secret' }).click()
  await said(page, /The older secret has ended/)
  expect([await send(token), await send(next)]).toEqual([401, 400])

  await sender.getByRole('button', { name: 'Revoke' }).click()
  await sender.getByRole('region').getByRole('button', { name: 'Revoke' }).click()
  await said(page, /Revoked/)
  await expect(sender).toBeHidden()
  expect(await send(next)).toBe(401)
})

test('a screen is paired by its code, moved, and removed', async ({ browser, server, signIn }) => {
  await server.passline('location', 'set', 'harbour', '--name', 'Harbour')
  await server.passline('location', 'set', place, '--name', 'Old town')
  const page = await signIn()
  const { code, device } = await showCode(server)
  const isPaired = async () => {
    const answer = await fetch(`${server.url}/api/pair/poll`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ device }),
    })
    return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '', json: await answer.json() }
  }
  await page.goto(`/manage/pair?code=${code}`)
  await page.getByLabel('Old town').check()
  await page.getByLabel('Kitchen').check()
  await page.getByLabel('Name of the screen').fill('Grill')
  await page.getByRole('button', { name: 'Pair' }).click()
  // Who is not in front of it confirms nothing.
  await expect(page.getByLabel('I am in front of this screen')).toBeFocused()
  await page.getByLabel('I am in front of this screen').check()
  await page.getByLabel('Guests can see this screen').check()
  await page.getByRole('button', { name: 'Pair' }).click()
  await expect(page.getByRole('heading', { name: 'Paired: look at the screen' })).toBeFocused()
  const { cookie } = await isPaired()
  await page.getByRole('link', { name: 'Back to the screens' }).click()
  const screen = card(page, 'Grill')
  await expect(screen).toContainText('Old town')
  await expect(screen).toContainText('Guests can see itYes')

  const context = await browser.newContext({ baseURL: server.url })
  const [name = '', value = ''] = cookie.split('=')
  await context.addCookies([{ name, value, url: server.url }])
  const board = await context.newPage()
  await board.goto('/board')
  await says(board, 'live')

  await screen.getByRole('button', { name: 'Change' }).click()
  await screen.getByLabel('Old town').uncheck()
  await screen.getByRole('button', { name: 'Save' }).click()
  await expect(screen.getByRole('alert')).toHaveText('Choose at least one location')
  await screen.getByLabel('Harbour').check()
  await screen.getByLabel('Counter').check()
  await screen.getByLabel('Name of the screen').fill('Front')
  await screen.getByRole('button', { name: 'Save' }).click()
  await said(page, /Saved/)
  const moved = card(page, 'Front')
  await expect(moved).toContainText('Harbour')
  await expect(moved).toContainText('Counter')
  await says(board, 'live')

  await moved.getByRole('button', { name: 'Remove' }).click()
  await moved.getByRole('button', { name: 'Cancel' }).click()
  await expect(moved.getByRole('button', { name: 'Remove' })).toBeFocused()
  await moved.getByRole('button', { name: 'Remove' }).click()
  await moved.getByRole('region').getByRole('button', { name: 'Remove' }).click()
  await said(page, /Removed/)
  await says(board, 'revoked')
  await context.close()

  await page.goto(`/manage/pair?code=${code}`)
  await page.getByLabel('I am in front of this screen').check()
  await page.getByLabel('Every location').check()
  await page.getByLabel('Kitchen').check()
  await page.getByLabel('Name of the screen').fill('Nowhere')
  await page.getByRole('button', { name: 'Pair' }).click()
  await expect(page.getByRole('alert').first()).toContainText('No screen shows this code now')
})

test('a browser becomes a screen by itself', async ({ signIn }) => {
  const page = await signIn()
  await page.goto('/manage/screens')
  await page.getByRole('link', { name: 'Use this browser as a screen' }).click()
  await page.getByLabel('Every location').check()
  await page.getByLabel('Counter').check()
  await page.getByLabel('Name of the screen').fill('This one')
  await page.getByRole('button', { name: 'Open the board here' }).click()
  await expect(page).toHaveURL('/board')
  await says(page, 'live')
})

test('a location is added, named, and opened and closed, with the keyboard alone', async ({ signIn }) => {
  const page = await signIn()
  await page.goto('/manage/locations')
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused()
  await press('Enter', 'Tab')
  await expect(page.getByRole('button', { name: 'Add a location' })).toBeFocused()
  await press('Enter')
  await expect(page.getByRole('region', { name: 'Add a location' })).toBeFocused()
  await press('Tab')
  await page.keyboard.type('pier')
  await press('Tab')
  await page.keyboard.type('Pier')
  await press('Tab')
  await page.keyboard.type('Europe/Mad')
  // By the day: of Monday first whether it is open, then from when.
  await press('Tab', 'ArrowDown', 'Tab')
  const monday = page.getByRole('group', { name: 'Monday' })
  await expect(monday.getByRole('button', { name: 'Close' })).toBeFocused()
  await press('Enter')
  await expect(monday.getByRole('button', { name: 'Open' })).toBeFocused()
  await press('Enter', 'Tab', 'Tab')
  await expect(page.getByLabel('Monday, first time: from')).toBeFocused()
  await page.keyboard.type('0930AM')
  await expect(page.getByLabel('Monday, first time: from')).toHaveValue('09:30')
  await page.getByRole('group', { name: 'Sunday' }).getByRole('button', { name: 'Close' }).focus()
  await press('Enter')
  await page.getByLabel('Preparation time').focus()
  await page.keyboard.type('15')
  await press('Enter')
  await said(page, /Saved/)
  await expect(page.getByRole('button', { name: 'Add a location' })).toBeFocused()
  const pier = card(page, 'Pier')
  await expect(pier).toContainText('Europe/Madrid')
  await expect(pier).toContainText('Mon09:30–22:00')
  await expect(pier).toContainText('SunClosed')
  await expect(pier).toContainText('15 minutes')

  await page.getByRole('button', { name: 'Add a location' }).press('Enter')
  await page.getByLabel('Identifier').fill('pier')
  await page.getByLabel('Identifier').press('Enter')
  await expect(page.getByRole('region', { name: 'Add a location' }).getByRole('alert')).toContainText('already')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Add a location' })).toBeFocused()
})

test('a manager sees the given locations, and nothing that is for owners', async ({ browser, server, signIn }) => {
  await server.passline('location', 'set', 'mine', '--name', 'Mine')
  await server.passline('location', 'set', 'yours', '--name', 'Yours')
  await server.passline('screen', 'add', '--name', 'My screen', '--role', 'kitchen', '--location', 'mine')
  await server.passline('screen', 'add', '--name', 'Your screen', '--role', 'kitchen', '--location', 'yours')
  const owner = await signIn()
  await owner.goto('/manage/people')
  await owner.getByRole('button', { name: 'Add a person' }).click()
  const form = owner.getByRole('region', { name: 'Add a person' })
  await form.getByLabel('Name').fill('Mona')
  await form.getByLabel('E-mail address').fill('mona@example.com')
  await form.getByLabel('Mine').check()
  await form.getByRole('button', { name: 'Add a person' }).click()
  const link = await form.getByLabel('Link to choose a password').inputValue()

  const page = await openPage(browser, server.url)
  await page.goto(link)
  await page.getByLabel('New password').fill(newPassword)
  await page.getByRole('button', { name: 'Save password' }).click()
  await page.getByLabel('E-mail address').fill('mona@example.com')
  await page.getByLabel('Password').fill(newPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(card(page, 'My screen')).toBeVisible()
  await expect(card(page, 'Your screen')).toBeHidden()
  await expect(page.getByRole('navigation').getByRole('link')).toHaveText(['Screens', 'Locations', 'Orders', 'Account'])
  for (const path of ['senders', 'people', 'refusals', 'audit']) {
    const answer = await page.goto(`/manage/${path}`)
    expect(answer?.status(), path).toBe(404)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here for you')
  }
  await page.goto('/manage/locations')
  await expect(page.getByRole('article')).toHaveCount(1)
  await expect(page.getByRole('button', { name: 'Add a location' })).toBeHidden()
  await page.goto('/manage/pair')
  await expect(page.getByLabel('Mine')).toBeVisible()
  await expect(page.getByLabel('Yours')).toBeHidden()
  await expect(page.getByLabel('Every location')).toBeHidden()

  await owner.goto('/manage/people')
  await card(owner, /Olive|olive/)
    .getByRole('button', { name: 'Remove' })
    .click()
  await card(owner, /Olive|olive/)
    .getByRole('region')
    .getByRole('button', { name: 'Remove' })
    .click()
  await expect(owner.getByRole('region').getByRole('alert')).toContainText('the last owner')
  await owner.goto('/manage/people')
  await card(owner, 'Mona').getByRole('button', { name: 'Change' }).click()
  await card(owner, 'Mona').getByLabel('Yours').check()
  await card(owner, 'Mona').getByRole('button', { name: 'Save' }).click()
  await said(owner, /Saved/)
  await page.goto('/manage/screens')
  await expect(card(page, 'Your screen')).toBeVisible()
  await card(owner, 'Mona').getByRole('button', { name: 'Remove' }).click()
  await card(owner, 'Mona').getByRole('region').getByRole('button', { name: 'Remove' }).click()
  await said(owner, /Removed/)
  await page.goto('/manage/screens')
  await expect(page).toHaveURL(/\/login/)
  await page.context().close()
})

test('a second step is set up, asked for, and ended', async ({ browser, server, signIn }) => {
  const person = { email: 'sam@example.com', password: newPassword }
  const { link } = await server.passline('manager', 'add', '--email', person.email, '--role', 'manager')
  const setUp = await openPage(browser, server.url)
  await setUp.request.post('/api/manager/choose-password', {
    data: { link: String(link).split('/').at(-1), password: newPassword },
  })
  const page = await signIn(person)
  await page.goto('/manage/account')
  await page.getByRole('button', { name: 'Set up a second step' }).click()
  await page.getByLabel('Your password').fill('not the password')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('region').getByRole('alert')).toHaveText('The password is not right')
  await page.getByLabel('Your password').fill(newPassword)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible()
  const uri = (await page.getByRole('link', { name: 'Open the authenticator app' }).getAttribute('href')) ?? ''
  await page.getByLabel('Code that the app shows now').fill(totp(uri))
  await page.getByRole('button', { name: 'Turn it on' }).click()
  await said(page, 'The second step is on')

  await setUp.goto('/login?next=/manage/account')
  await setUp.getByLabel('E-mail address').fill(person.email)
  await setUp.getByLabel('Password').fill(newPassword)
  await setUp.getByRole('button', { name: 'Sign in' }).click()
  // The one before was taken, and is good once.
  await setUp.getByLabel('Code').fill(totp(uri, Date.now() + 30_000))
  await setUp.getByRole('button', { name: 'Sign in' }).click()
  await setUp.getByRole('button', { name: 'Turn the second step off' }).click()
  await setUp.getByLabel('Your password').fill(newPassword)
  await setUp.getByRole('button', { name: 'Turn it off' }).click()
  await said(setUp, 'The second step is off')

  await setUp.getByRole('button', { name: 'Change the password' }).click()
  await setUp.getByLabel('Password until now').fill(newPassword)
  await setUp.getByLabel('New password').fill(goodPassword)
  await setUp.getByRole('button', { name: 'Save' }).click()
  await said(setUp, /The password is changed/)
  await page.goto('/manage/account')
  await expect(page).toHaveURL(/\/login/)
  await setUp.getByRole('button', { name: 'Sign out everywhere' }).click()
  await setUp.getByRole('region').getByRole('button', { name: 'Sign out everywhere' }).click()
  await expect(setUp).toHaveURL('/login')
  await setUp.context().close()
})

test('what was refused is read, and taken after all; the audit tells who looked', async ({ server, signIn }) => {
  const update = { type: 'order.updated', object: { location_id: place } }
  const answer = await fetch(`${server.url}/api/webhooks/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(update),
  })
  expect(answer.status).toBe(400)
  const page = await signIn()
  await page.goto('/manage/refusals')
  const refusal = page.getByRole('article').filter({ hasText: 'wrong_shape' }).first()
  await refusal.getByRole('button', { name: 'Show what came' }).click()
  await refusal.getByRole('region').getByRole('button', { name: 'Show what came' }).click()
  await expect(refusal.getByRole('region', { name: 'What came', exact: true })).toContainText(place)
  await refusal.getByRole('button', { name: 'Take it again' }).click()
  await refusal.getByRole('button', { name: 'Take again' }).click()
  await expect(refusal.getByRole('alert')).toContainText('Not taken')
  await page.getByRole('link', { name: 'Audit' }).click()
  await expect(page.getByRole('listitem').filter({ hasText: 'Looked at a refused webhook' }).first()).toContainText(
    ownerEmail,
  )
})

test('the audit leads to what was done earlier', async ({ server, signIn }) => {
  for (let count = 0; count < 3; count += 1) await server.passline('location', 'set', `audited-${count}`)
  const page = await signIn()
  for (let count = 0; count < 50; count += 1) {
    const usual = { openingHours: 'always', prepTimeMinutes: 'none', language: 'browser', waitLimits: 'usual' }
    const answer = await page.request.post('/api/manage/location/set', {
      data: { id: 'audited', name: `Name ${count}`, ...usual },
    })
    expect(answer.status()).toBe(200)
  }
  await page.goto('/manage/audit')
  await expect(page.getByText('Name 49', { exact: true })).toBeVisible()
  await expect(page.getByText('null')).toHaveCount(0)
  await page.getByRole('link', { name: 'Earlier' }).click()
  await expect(page.getByText('audited-2')).toBeVisible()
  await expect(page.getByText('Name 49', { exact: true })).toBeHidden()
  await page.getByRole('link', { name: 'Newest' }).click()
  await expect(page.getByText('Name 49', { exact: true })).toBeVisible()
})

test('nothing on a phone is wider than the phone', async ({ signIn }) => {
  const page: Page = await signIn(undefined, { viewport: { width: 390, height: 844 } })
  for (const path of ['screens', 'pair', 'locations', 'senders', 'people', 'refusals', 'audit', 'account']) {
    await page.goto(`/manage/${path}`)
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(390)
  }
})

test('an order is found by how its number ends, kept, handed out, and forgotten', async ({ server, signIn }) => {
  const order = example('20-order-created.json')
  await server.post({ ...order, object: { ...(order.object as object), location_id: 'riverside' } })
  await server.post(updated('harbour', 'another'))
  const page = await signIn()
  await page.goto('/manage/orders')
  await page.getByLabel('Location').selectOption('riverside')
  await page.getByLabel('Order number').fill('999')
  await page.getByRole('button', { name: 'Find' }).click()
  await expect(page.getByText('No order has this')).toBeVisible()
  await page.getByLabel('Order number').fill('456')
  await page.getByRole('button', { name: 'Find' }).click()
  const found = card(page, 'ORDER-456')
  await found.getByRole('button', { name: 'Keep for a dispute' }).click()
  await found.getByRole('region').getByRole('button', { name: 'Keep for a dispute' }).click()
  await said(page, 'Kept for 14 days')
  await expect(found).toContainText('Kept until')
  await found.getByRole('button', { name: 'Hand out' }).click()
  const downloading = page.waitForEvent('download')
  await found.getByRole('button', { name: 'Download' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe('order-ORDER-456.json')
  expect(readFileSync(await download.path(), 'utf8')).toContain('Jane Doe')
  await found.getByRole('button', { name: 'Keep no longer' }).click()
  await found.getByRole('region').getByRole('button', { name: 'Keep no longer' }).click()
  await said(page, 'Kept no longer')
  await found.getByRole('button', { name: 'Forget now' }).click()
  await found.getByRole('region').getByRole('button', { name: 'Forget now' }).click()
  await said(page, 'Forgotten')
  await expect(found).toContainText('People forgotten')
})
