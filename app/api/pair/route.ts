import { respond, smallJson } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

export async function POST(request: Request): Promise<Response> {
  return respond(await runtime().screenRequests.pair(await smallJson(request, 'stranger')))
}
