import { askerOf, respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

type Context = { params: Promise<{ locationId: string; screenId: string }> }

export async function POST(request: Request, { params }: Context): Promise<Response> {
  const { locationId, screenId } = await params
  return respond(await runtime().screenRequests.signOff(askerOf(request), locationId, screenId))
}
