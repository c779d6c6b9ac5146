/** How a browser becomes a screen, as the people see it who stand in front of it. */
import { expect } from '@playwright/test'
import { updated } from '../helpers/webhooks.ts'
import { card, connection, onRefusal, openLink, place, says, test } from './screens.ts'

test('a browser that is no screen shows a code, and is a board when somebody confirmed it', async ({
  browser,
  server,
}) => {
  await server.post(updated(place, 'order-1', { status: 'in_progress' }))
  const page = await (await browser.newContext()).newPage()
  const refusals: string[] = []
  await onRefusal(page, (what) => refusals.push(what))
  await page.goto(`${server.url}/board`)
  const code = (await page.locator('[data-code]').textContent()) ?? ''
  expect(code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/)
  await expect(page.getByRole('img')).toBeVisible()
  const words = ['--name', 'Pass', '--role', 'kitchen', '--location', place]
  await server.passline('screen', 'pair', '--code', code, ...words)
  await says(page, 'live')
  await expect(card(page, 'order-1')).toBeVisible()
  expect(refusals).toEqual([])
})

test('a screen that is moved shows its new place without a touch', async ({ openScreen, server }) => {
  await server.post(updated(place, 'order-1', { status: 'in_progress' }))
  await server.post(updated('south', 'order-2', { status: 'in_progress' }))
  const { page, id } = await openScreen()
  await expect(card(page, 'order-1')).toBeVisible()
  await server.passline('screen', 'set', id, '--location', 'south')
  await expect(card(page, 'order-2')).toBeVisible()
  await expect(card(page, 'order-1')).toHaveCount(0)
  await says(page, 'live')
})

test('where guests can see the screen, what opens a hand-off shows only to who asks for it', async ({
  browser,
  server,
}) => {
  await server.post(
    updated(place, 'order-1', {
      status: 'ready_for_pickup',
      delivery_status: 'arrived_at_pickup',
      driver_details: {
        source: 'doordash',
        name: 'John Driver',
        phone: { number: '+15555551234', code: '123' },
        passcode: '4711',
        vehicle_info: { make: 'Toyota', model: 'Camry', color: 'Silver', license_plate: 'ABC1234' },
      },
    }),
  )
  const words = ['--name', 'Pass', '--role', 'counter', '--location', place, '--guests-can-see', 'yes']
  const { link } = await server.passline('screen', 'add', ...words)
  const page = await (await browser.newContext()).newPage()
  await page.clock.install()
  await openLink(page, String(link))
  const order = card(page, 'order-1')
  await expect(order).toContainText('John Driver')
  const secrets = ['4711', 'ABC1234', '+15555551234']
  for (const secret of secrets) await expect(order).not.toContainText(secret)
  await order.locator('[data-action="show-proofs"]').click()
  for (const secret of secrets) await expect(order).toContainText(secret)
  await page.clock.runFor(30_000)
  for (const secret of secrets) await expect(order).not.toContainText(secret)
})

test('a screen that was removed says so, and leads to a new code', async ({ openScreen, server }) => {
  const { page, id } = await openScreen()
  await server.passline('screen', 'revoke', id)
  await expect(connection(page)).toHaveAttribute('data-connection', 'revoked')
  await page.getByRole('link').click()
  await expect(page.locator('[data-code]')).toBeVisible()
})

test('a location tells its screens their language, and from when waiting is late', async ({ openScreen, server }) => {
  await server.post(updated(place, 'order-1', { status: 'in_progress' }))
  const { page } = await openScreen()
  await expect(card(page, 'order-1')).toHaveAttribute('data-tone', 'calm')
  const limits = JSON.stringify({
    preparing: { soon: 0, late: 20 },
    ready: { soon: 5, late: 10 },
    driverHere: { soon: 2, late: 5 },
  })
  await server.passline('location', 'set', place, '--language', 'ar', '--wait-limits', limits)
  await expect(page.locator('[lang="ar"][dir="rtl"]')).toBeVisible()
  await expect(card(page, 'order-1')).toHaveAttribute('data-tone', 'soon')
})
