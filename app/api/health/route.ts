import { runtime } from '#server/runtime.ts'

/** Alive: the process answers, whatever the database does. */
export function GET(): Response {
  return Response.json({ alive: true, storing: runtime().storing() }, { headers: { 'cache-control': 'no-store' } })
}

export const dynamic = 'force-dynamic'
