import { respond, smallJson } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

export async function POST(request: Request): Promise<Response> {
  return respond(await runtime().screenRequests.askForPairing(await smallJson(request, 'stranger')))
}
