import { askerOf, respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

type Context = { params: Promise<{ locationId: string }> }

export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { locationId } = await params
  return respond(await runtime().screenRequests.readScreens(askerOf(request), locationId))
}
