import { askerOf, respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

type Context = { params: Promise<{ locationId: string; gapId: string }> }

export async function POST(request: Request, { params }: Context): Promise<Response> {
  const { locationId, gapId } = await params
  return respond(await runtime().screenRequests.seeGap(askerOf(request), locationId, gapId))
}
