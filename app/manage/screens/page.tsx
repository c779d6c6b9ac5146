import { addressHere, placesOf, read, signedIn, titled } from '#app/manage/manager.ts'
import type { ManagedScreen } from '#components/manage/screen-card.tsx'
import { Screens } from '#components/manage/screens.tsx'

export const generateMetadata = () => titled('screens')

export default async function ScreensPage() {
  const manager = await signedIn('/manage/screens')
  const { screens } = await read<{ screens: ManagedScreen[] }>(manager, 'screen list')
  return (
    <Screens
      screens={screens}
      places={await placesOf(manager)}
      mayChooseEvery={manager.role === 'owner'}
      boardAddress={`${await addressHere()}/board`}
    />
  )
}
