/** What the browser tests share: a server for each, and screens that are paired with it. */
import { test as base, expect, type Page } from '@playwright/test'
import { type ServerProcess, serverProcess } from '../helpers/server-process.ts'

export const place = 'pos_location_456'

const tv = { width: 1920, height: 1080 }

type Opened = { page: Page; id: string }

type Options = {
  role?: 'kitchen' | 'pickup'
  locations?: string[]
  /** May change the page before anything is loaded. */
  prepare?: (page: Page) => Promise<unknown>
  /** What it says before the test goes on. */
  becomes?: string
  viewport?: { width: number; height: number }
}

/** Paired, the page of the link goes to the board before it was loaded itself. */
export const openLink = (page: Page, link: string) => page.goto(link, { waitUntil: 'commit' })

export const test = base.extend<{ server: ServerProcess; openScreen: (options?: Options) => Promise<Opened> }>({
  server: async ({ browserName: _ }, use) => {
    await using server = await serverProcess()
    await use(server)
  },
  /** A browser of its own, paired by a screen's one-time link. What a page logs as an error fails the test. */
  openScreen: async ({ browser, server }, use) => {
    await use(async ({ role = 'kitchen', locations = [place], prepare, becomes = 'live', viewport = tv } = {}) => {
      const { link, id } = await server.addScreen(role, ...locations)
      const context = await browser.newContext({ viewport })
      const page = await context.newPage()
      page.on('pageerror', (error) => expect.soft(error.message, 'an error in the page').toBe(''))
      await onRefusal(page, (what) => expect.soft(what, 'refused by the policy of the page').toBe(''))
      await prepare?.(page)
      await openLink(page, link)
      await says(page, becomes)
      return { page, id }
    })
  },
})

/** Tells what the page's Content-Security-Policy refuses it. */
export async function onRefusal(page: Page, listener: (what: string) => void): Promise<void> {
  await page.exposeFunction('tellRefusal', listener)
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      Reflect.get(globalThis, 'tellRefusal')(`${effectiveDirective} ${blockedURI}`)
    })
  })
}

export const card = (page: Page, orderId: string) => page.locator(`[data-order-id="${orderId}"]`)

export const connection = (page: Page) => page.locator('[data-connection]')

/** Waits until the screen says how far it can be trusted. */
export const says = (page: Page, kind: string) =>
  expect(connection(page)).toHaveAttribute('data-connection', kind, { timeout: 20_000 })

export const isLive = (page: Page) => expect(connection(page)).toHaveAttribute('data-connection', 'live')
