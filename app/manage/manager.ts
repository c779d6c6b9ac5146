/** What every manage page begins with: who asks, and what is theirs to see. */
import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { loadMessages } from '#components/i18n/load-messages.ts'
import { pickLocale } from '#components/i18n/locale.ts'
import type { Place } from '#components/manage/location-choice.tsx'
import { runtime } from '#server/runtime.ts'

/** Whose session comes with the request, or null; asked once for each answer. */
export const managerHere = cache(async () =>
  runtime().managerRequests.managerOf((await headers()).get('cookie') ?? undefined),
)

type Manager = NonNullable<Awaited<ReturnType<typeof managerHere>>>

/** Who is signed in; who is not signs in first, and comes back to `path`. */
export async function signedIn(path: string): Promise<Manager> {
  return (await managerHere()) ?? redirect(`/login?next=${encodeURIComponent(path)}`)
}

/**
 * What a command answers, for its page to show. There is no page for whom it is not.
 * @param Result as server/administration.ts answers it
 */
export async function read<Result extends object>(manager: Manager, command: string, given = {}): Promise<Result> {
  return ((await runtime().managerRequests.read(manager, command, given)) as Result | null) ?? notFound()
}

/** The locations that are theirs, by name. */
export async function placesOf(manager: Manager): Promise<Place[]> {
  const { locations } = await read<{ locations: Place[] }>(manager, 'location list')
  return locations.map(({ id, name }) => ({ id, name }))
}

/** The address by which this browser came: another device in the house reaches us by it too. */
export async function addressHere(): Promise<string> {
  const { isSecure, address } = runtime()
  const host = (await headers()).get('host')
  return host === null ? address() : `${isSecure ? 'https' : 'http'}://${host}`
}

type PageName = 'screens' | 'locations' | 'orders' | 'senders' | 'people' | 'refusals' | 'audit' | 'account'

/** What the browser and a screen reader call the page. */
export async function titled(page: PageName): Promise<Metadata> {
  const { manage } = await loadMessages(pickLocale((await headers()).get('accept-language')))
  return { title: `${manage.nav[page]} · Passline` }
}
