import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { openPage, showCode, test } from './manage.ts'
import { place } from './screens.ts'

async function isAccessible(page: Page, what: string): Promise<void> {
  const axe = new AxeBuilder({ page })
  // Colours are all that is otherwise in the dark.
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
  const { violations } = await (isDark ? axe.withRules('color-contrast') : axe).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  expect(found, what).toEqual([])
}

/** Opens each button of a page that opens something, and looks at what it opened. */
async function isAccessibleOpened(page: Page, what: string): Promise<void> {
  const names = await page.locator('button[aria-expanded]').allTextContents()
  for (const name of new Set(names)) {
    const button = page.getByRole('button', { name, exact: true }).first()
    await button.click()
    await isAccessible(page, `${what}: ${name}`)
    await button.click()
  }
}

const pages = ['screens', 'locations', 'orders', 'senders', 'people', 'refusals', 'audit', 'account', 'here', 'none']

/** Something of everything, so that no page is looked at empty. */
test.beforeAll(async ({ server }) => {
  await server.passline('location', 'set', place, '--name', 'Old town')
  await server.addScreen('kitchen', place)
  await fetch(`${server.url}/api/webhooks/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: '{}',
  })
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the pages before signing in, ${colorScheme}`, async ({ browser, server }) => {
    const page = await openPage(browser, server.url, { colorScheme })
    const { link } = await server.passline('manager', 'add', '--email', `${colorScheme}@x.org`, '--role', 'manager')
    for (const path of ['/login', '/set-up/none', '/password/none', String(link)]) {
      await page.goto(path)
      await isAccessible(page, path)
    }
    await page.context().close()
  })

  for (const path of pages) {
    test(`axe finds nothing on the page ${path}, ${colorScheme}`, async ({ signIn }) => {
      const page = await signIn(undefined, { colorScheme })
      await page.goto(`/manage/${path}`)
      await isAccessible(page, path)
      await isAccessibleOpened(page, path)
    })
  }

  test(`axe finds nothing while a screen is paired, ${colorScheme}`, async ({ server, signIn }) => {
    const page = await signIn(undefined, { colorScheme })
    const { code } = await showCode(server)
    await page.goto(`/manage/pair?code=${code}`)
    await isAccessible(page, 'pair')
    await page.getByLabel('I am in front of this screen').check()
    await page.getByLabel('Every location').check()
    await page.getByLabel('Pickup board').check()
    await page.getByLabel('Name of the screen').fill('Window')
    await page.getByRole('button', { name: 'Pair' }).click()
    await page.getByRole('heading', { name: 'Paired: look at the screen' }).waitFor()
    await isAccessible(page, 'paired')
  })
}
