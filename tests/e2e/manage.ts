/** What the tests of the manage pages share: one server for a file, and people who are signed in. */
import { type Browser, type BrowserContext, test as base, expect, type Page } from '@playwright/test'
import { goodPassword } from '../helpers/browser.ts'
import { type ServerProcess, serverProcess } from '../helpers/server-process.ts'
import { onRefusal } from './screens.ts'

export const ownerEmail = 'olive@example.com'

type Look = { colorScheme?: 'light' | 'dark'; locale?: string; viewport?: { width: number; height: number } }

type Person = { email: string; password: string }

const owner: Person = { email: ownerEmail, password: goodPassword }

type SignIn = (person?: Person, look?: Look) => Promise<Page>

export const test = base.extend<{ signIn: SignIn }, { server: ServerProcess }>({
  server: [
    async ({ browserName: _ }, use) => {
      await using server = await serverProcess({
        PASSLINE_MANAGER_EMAIL: owner.email,
        PASSLINE_MANAGER_PASSWORD: owner.password,
      })
      await use(server)
    },
    { scope: 'worker' },
  ],
  /** A browser of its own in which somebody is signed in. What a page logs as an error fails the test. */
  signIn: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (person = owner, look = {}) => {
      const page = await openPage(browser, server.url, look)
      contexts.push(page.context())
      const answer = await page.request.post('/api/manager/sign-in', { data: person })
      expect(answer.status()).toBe(200)
      return page
    })
    for (const context of contexts) await context.close()
  },
})

/** A page of a browser of its own, which must meet no error and no refusal. */
export async function openPage(browser: Browser, url: string, look: Look = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, ...look })
  const page = await context.newPage()
  page.on('pageerror', (error) => expect.soft(error.message, 'an error in the page').toBe(''))
  page.on('console', (line) => {
    // A refused request is logged by the browser itself.
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) {
      expect.soft(line.text(), 'an error in the console').toBe('')
    }
  })
  await onRefusal(page, (what) => expect.soft(what, 'refused by the policy of the page').toBe(''))
  return page
}

export const card = (page: Page, name: string | RegExp) => page.getByRole('article', { name })

export const said = (page: Page, words: string | RegExp) => expect(page.getByRole('status').first()).toHaveText(words)

/** A browser that shows a pairing code, without one. */
export async function showCode(server: ServerProcess): Promise<{ code: string; device: string }> {
  const answer = await fetch(`${server.url}/api/pair/code`, { method: 'POST' })
  return (await answer.json()) as { code: string; device: string }
}
