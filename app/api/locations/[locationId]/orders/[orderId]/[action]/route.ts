import { askerOf, respond, smallJson } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

type Context = { params: Promise<{ locationId: string; orderId: string; action: string }> }

export async function POST(request: Request, { params }: Context): Promise<Response> {
  const { locationId, orderId, action } = await params
  const body = () => smallJson(request, 'sender')
  return respond(await runtime().screenRequests.addAction(askerOf(request), locationId, orderId, action, body))
}
