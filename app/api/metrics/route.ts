import { respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

/** For Prometheus. */
export async function GET(): Promise<Response> {
  return respond(await runtime().metrics())
}

export const dynamic = 'force-dynamic'
