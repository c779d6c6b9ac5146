import { managerRequestOf, respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

type Context = { params: Promise<{ action: string }> }

export async function POST(request: Request, { params }: Context): Promise<Response> {
  const { action } = await params
  return respond(await runtime().managerRequests.act(action, managerRequestOf(request)))
}
