/** What a person can read off a screen about how far it can be trusted. */
import { expect } from '@playwright/test'
import Database from 'better-sqlite3'
import { updated } from '../helpers/webhooks.ts'
import { card, connection, place, says, test } from './screens.ts'

test('where websockets are blocked a screen asks over HTTP, and says Live (slow)', async ({ openScreen, server }) => {
  const { page } = await openScreen({
    prepare: (opened) => opened.routeWebSocket(/socket\.io/, (socket) => socket.close()),
    becomes: 'live-slow',
  })
  await expect(connection(page)).toHaveText('Live (slow)')
  await server.post(updated(place, 'one', { status: 'in_progress' }))
  await expect(card(page, 'one')).toBeVisible({ timeout: 5_000 })
  await server.post(updated(place, 'one', { status: 'completed' }))
  await expect(card(page, 'one')).toHaveAttribute('data-lane', 'done', { timeout: 5_000 })
  server.child().kill('SIGSTOP')
  await says(page, 'not-live')
  server.child().kill('SIGCONT')
  await says(page, 'live-slow')
})

test('a tablet whose clock is hours wrong shows the right time and the right ages', async ({ openScreen, server }) => {
  const { page } = await openScreen({
    prepare: (opened) =>
      opened.addInitScript(() => {
        const now = Date.now
        Date.now = () => now() + 3 * 60 * 60_000 + 60_000
      }),
  })
  await server.post(updated(place, 'one', { status: 'in_progress' }))
  await expect(card(page, 'one')).toContainText('0 min')
  const utc = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const near = [-1, 0, 1].map((minutes) => utc.format(Date.now() + minutes * 60_000))
  expect(near).toContain(await page.locator('header time').textContent())
})

test('our own gap stands on the board, on its older orders too, until somebody has seen it', async ({
  openScreen,
  server,
}) => {
  const { page } = await openScreen()
  await server.post(updated(place, 'one', { status: 'in_progress' }))
  await expect(card(page, 'one')).toBeVisible()
  await server.stop()
  const database = new Database(server.databaseFile)
  database.prepare('UPDATE presence SET alive_at = ?').run(new Date(Date.now() - 24 * 60_000).toISOString())
  database.close()
  await server.start()
  const gap = page.locator('[data-notice="gap"]')
  await expect(gap).toContainText(/Passline was off \d\d:\d\d–\d\d:\d\d\. Orders from then may be missing/)
  await expect(card(page, 'one')).toContainText(/Not heard since \d\d:\d\d/)
  await server.post(updated(place, 'two', { status: 'in_progress' }))
  await expect(card(page, 'two')).not.toContainText('Not heard since')
  await gap.getByRole('button', { name: 'Seen' }).click()
  await expect(gap).toHaveCount(0)
  await expect(card(page, 'one')).not.toContainText('Not heard since')
})

test('a page of an old build says so, and loads the new one once when nothing waits', async ({
  openScreen,
  server,
}) => {
  test.setTimeout(120_000)
  let loads = 0
  const { page } = await openScreen({
    prepare: async (opened) => {
      opened.on('load', () => {
        if (opened.url().endsWith('/board')) loads += 1
      })
      await opened.routeWebSocket(/socket\.io/, (socket) => {
        const upstream = socket.connectToServer()
        upstream.onMessage((message) =>
          socket.send(String(message).replace(/"build":"[^"]*"/, '"build":"a later one"')),
        )
      })
    },
  })
  await server.post(updated(place, 'one', { status: 'in_progress' }))
  await expect(page.locator('[data-notice="new-build"]')).toContainText('new version')
  expect(loads).toBe(1)
  await server.post(updated(place, 'one', { status: 'completed' }))
  await expect.poll(() => loads, { timeout: 45_000 }).toBe(2)
  await says(page, 'live')
  // Still the old page, as far as it is told: it remembers that it has tried.
  expect(await page.evaluate(() => sessionStorage.getItem('passline-reloaded-for'))).toBe('a later one')
})
