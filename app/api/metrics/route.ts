import { respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

/** For Prometheus. */
export async function GET(request: Request): Promise<Response> {
  return respond(await runtime().metrics(request.headers.get('authorization')))
}

export const dynamic = 'force-dynamic'
