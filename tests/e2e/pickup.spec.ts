/** The public board, as a driver reads it. */
import { expect, type Page } from '@playwright/test'
import { updated } from '../helpers/webhooks.ts'
import { card, connection, place, says, test } from './screens.ts'

const column = (page: Page, call: string) => page.locator(`[data-call="${call}"]`)
const numbers = (page: Page, call: string) => column(page, call).locator('[data-order-id]')

test('a number goes from Preparing to Ready to Please come, and nothing of a person stands there', async ({
  openScreen,
  server,
}) => {
  const driver = { name: 'Zaphod B.', passcode: '4242', phone: { number: '+15550001' } }
  const said = (words: object) => server.post(updated(place, 'order-0417', { driver_details: driver, ...words }))
  await said({ status: 'in_progress', delivery_status: 'enroute_to_pickup' })
  const { page } = await openScreen({ role: 'pickup' })
  await expect(numbers(page, 'preparing')).toHaveText(/0417/)
  await server.post(updated(place, 'order-0500', { status: 'in_progress' }))
  await expect(numbers(page, 'preparing'), 'what has just come').toHaveCount(2, { timeout: 3_000 })
  await server.post(updated(place, 'order-0500', { status: 'completed' }))
  await said({ status: 'ready_for_pickup', delivery_status: 'enroute_to_pickup' })
  await expect(numbers(page, 'ready')).toHaveText(/0417/)
  await said({ status: 'ready_for_pickup', delivery_status: 'arrived_at_pickup' })
  await expect(numbers(page, 'come')).toHaveText(/0417/)
  await expect(page.getByRole('heading', { name: 'Please come' })).toBeVisible()
  const shown = await page.content()
  for (const secret of ['Zaphod', '4242', '15550001']) expect(shown).not.toContain(secret)
  await said({ status: 'ready_for_pickup', delivery_status: 'enroute_to_dropoff' })
  await expect(page.locator('[data-order-id]')).toHaveCount(0)
  await server.post(updated(place, 'order-0418', { status: 'in_progress' }))
  await server.post({ type: 'order.canceled', object: { location_id: place, provider_id: 'order-0418' } })
  await expect(numbers(page, 'ask')).toHaveText(/0418/)
})

test('what does not fit is shown in its turn, and no number is cut off', async ({ openScreen, server }) => {
  const ids = Array.from({ length: 40 }, (_, index) => (index % 2 ? `order-${1000 + index}` : `#DDD${index + 10}`))
  for (const id of ids) await server.post(updated(place, id, { status: 'ready_for_pickup' }))
  const { page } = await openScreen({ role: 'pickup' })
  await expect(column(page, 'ready').getByRole('heading')).toHaveText(/of/)
  const seen = new Set<string>()
  await expect
    .poll(
      async () => {
        const { top, bottom } = await column(page, 'ready').evaluate((one) => one.getBoundingClientRect())
        for (const cell of await numbers(page, 'ready').all()) {
          const box = await cell.boundingBox()
          const isWhole = await cell.evaluate((one) => one.scrollWidth <= one.clientWidth)
          if (box && box.y >= top && box.y + box.height <= bottom && isWhole) seen.add((await cell.textContent()) ?? '')
        }
        return seen.size
      },
      { timeout: 40_000 },
    )
    .toBe(ids.length)
})

test('on small screens too every number that is called is whole', async ({ openScreen, server }) => {
  const here = { status: 'ready_for_pickup', delivery_status: 'arrived_at_pickup', driver_details: { name: 'Ann' } }
  for (const id of ['order-0441', 'order-0442']) await server.post(updated(place, id, here))
  await server.post(updated(place, 'order-0443', { status: 'ready_for_pickup' }))
  await server.post(updated(place, 'order-0444', { status: 'in_progress' }))
  await server.post({ type: 'order.canceled', object: { location_id: place, provider_id: 'order-0444' } })
  const { page } = await openScreen({ role: 'pickup' })
  for (const [width, height] of [
    [1920, 1080],
    [1280, 720],
    [1024, 600],
    [960, 540],
    [390, 844],
    [844, 390],
  ] as const) {
    await page.setViewportSize({ width, height })
    for (const [call, count] of Object.entries({ come: 2, ready: 1, ask: 1 })) {
      await expect(numbers(page, call), `${call} at ${width}×${height}`).toHaveCount(count)
      for (const cell of await numbers(page, call).all()) {
        // Where a number is cut off, something else stands at its edge, or nothing.
        const isWhole = async () =>
          cell.evaluate((one) => {
            const number = one.lastElementChild?.firstElementChild as HTMLElement
            const { left, right, top, bottom, height } = number.getBoundingClientRect()
            const middle = (left + right) / 2
            const isAt = (x: number, y: number) => one.contains(document.elementFromPoint(x, y))
            const outer = one.getBoundingClientRect()
            return (
              height > 12 &&
              top >= outer.top - 1 &&
              bottom <= outer.bottom + 1 &&
              [
                [left + 2, (top + bottom) / 2],
                [right - 2, (top + bottom) / 2],
                [middle, top + height * 0.2],
                [middle, bottom - height * 0.2],
              ].every(([x = 0, y = 0]) => isAt(x, y))
            )
          })
        await expect.poll(isWhole, { message: `${call} at ${width}×${height}` }).toBe(true)
      }
    }
  }
})

test('without the server it says that it is not up to date, and is right again by itself', async ({
  openScreen,
  server,
}) => {
  await server.post(updated(place, 'order-1', { status: 'ready_for_pickup' }))
  const { page } = await openScreen({ role: 'pickup' })
  await expect(numbers(page, 'ready')).toHaveCount(1)
  await server.stop()
  await says(page, 'not-live')
  await expect(page.getByText('Please ask at the counter')).toBeVisible()
  await server.start()
  await says(page, 'live')
})

test('a screen becomes a pickup board, and a kitchen again, without a touch', async ({ openScreen, server }) => {
  await server.post(updated(place, 'order-1', { status: 'ready_for_pickup' }))
  const { page, id } = await openScreen()
  await expect(card(page, 'order-1')).toBeVisible()
  await server.passline('screen', 'set', id, '--role', 'pickup')
  await expect(numbers(page, 'ready')).toHaveCount(1)
  await server.passline('screen', 'set', id, '--role', 'counter')
  await expect(card(page, 'order-1')).toBeVisible()
  await server.passline('screen', 'revoke', id)
  await expect(connection(page)).toHaveAttribute('data-connection', 'revoked')
})
