import { managerRequestOf, respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

type Context = { params: Promise<{ noun: string; verb: string }> }

export async function POST(request: Request, { params }: Context): Promise<Response> {
  const { noun, verb } = await params
  return respond(await runtime().managerRequests.manage(`${noun} ${verb}`, managerRequestOf(request)))
}
