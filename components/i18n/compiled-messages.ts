import compile from 'icu-minify/compile'
import type { Messages } from 'use-intl'
import { loadMessages } from './load-messages.ts'
import type { Locale } from './locale.ts'

type Tree = { [key: string]: string | Tree }

export type Namespace = keyof Messages

/** What no board says. */
const besideBoards: readonly Namespace[] = ['pickup', 'pair', 'account', 'manage']

/**
 * The texts of one language as pages hand them on: compiled here, so that no parser is shipped.
 * next.config.js swaps in the formatter that reads them.
 * @param names what of them; without it, what boards say
 */
export async function compiledMessages(locale: Locale, names?: readonly Namespace[]): Promise<Messages> {
  const all = await loadMessages(locale)
  const isWanted = (name: string) =>
    names ? names.includes(name as Namespace) : !besideBoards.includes(name as Namespace)
  return compiled(Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)))) as Messages
}

function compiled(tree: Tree): object {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [
      key,
      typeof value === 'string' ? plain(compile(value)) : compiled(value),
    ]),
  )
}

/** The compiler's objects have no prototype, and React hands on to a browser only those that have. */
function plain(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json))
}
