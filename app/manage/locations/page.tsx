import { read, signedIn, titled } from '#app/manage/manager.ts'
import type { LocationSettings } from '#components/manage/location-form.tsx'
import { Locations } from '#components/manage/locations.tsx'
import { runtime } from '#server/runtime.ts'

export const generateMetadata = () => titled('locations')

export default async function LocationsPage() {
  const manager = await signedIn('/manage/locations')
  const { locations } = await read<{ locations: LocationSettings[] }>(manager, 'location list')
  return <Locations locations={locations} mayAdd={manager.role === 'owner'} timeZone={runtime().timeZone} />
}
