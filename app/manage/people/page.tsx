import { placesOf, read, signedIn, titled } from '#app/manage/manager.ts'
import { People } from '#components/manage/people.tsx'
import type { Person } from '#components/manage/person-card.tsx'

export const generateMetadata = () => titled('people')

export default async function PeoplePage() {
  const manager = await signedIn('/manage/people')
  const { managers } = await read<{ managers: Person[] }>(manager, 'manager list')
  return <People people={managers} places={await placesOf(manager)} ownId={manager.id} />
}
