import { addressHere, placesOf, signedIn, titled } from '#app/manage/manager.ts'
import { PairScreen } from '#components/manage/pair-screen.tsx'

type Props = { searchParams: Promise<{ code?: string | string[] }> }

export const generateMetadata = () => titled('screens')

export default async function PairPage({ searchParams }: Props) {
  const { code: given } = await searchParams
  // As a code may look; anything else in an address was not brought by a screen.
  const code = typeof given === 'string' && /^[A-Za-z-]{1,20}$/.test(given) ? given.toUpperCase() : ''
  const manager = await signedIn(code === '' ? '/manage/pair' : `/manage/pair?code=${code}`)
  return (
    <PairScreen
      code={code}
      places={await placesOf(manager)}
      mayChooseEvery={manager.role === 'owner'}
      boardAddress={`${await addressHere()}/board`}
    />
  )
}
