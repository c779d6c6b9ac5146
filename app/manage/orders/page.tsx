import { placesOf, signedIn, titled } from '#app/manage/manager.ts'
import { Orders } from '#components/manage/orders.tsx'

export const generateMetadata = () => titled('orders')

export default async function OrdersPage() {
  const manager = await signedIn('/manage/orders')
  return <Orders places={await placesOf(manager)} />
}
