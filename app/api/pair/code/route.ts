import { respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

export async function POST(): Promise<Response> {
  return respond(await runtime().screenRequests.showCode())
}
