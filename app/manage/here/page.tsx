import { placesOf, signedIn, titled } from '#app/manage/manager.ts'
import { ScreenHere } from '#components/manage/screen-here.tsx'

export const generateMetadata = () => titled('screens')

export default async function HerePage() {
  const manager = await signedIn('/manage/here')
  return <ScreenHere places={await placesOf(manager)} mayChooseEvery={manager.role === 'owner'} />
}
