import { askerOf, respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

type Context = { params: Promise<{ locationId: string }> }

export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { locationId } = await params
  const query = new URL(request.url).searchParams
  return respond(await runtime().screenRequests.readChanges(askerOf(request), locationId, query))
}
