import { runtime } from '#server/runtime.ts'

/** Alive: the process answers, whatever the database and Redis do. */
export function GET(): Response {
  const { storing, redis } = runtime()
  const hears = redis()
  const health = { alive: true, storing: storing(), ...(hears !== false && { redis: hears }) }
  return Response.json(health, { headers: { 'cache-control': 'no-store' } })
}

export const dynamic = 'force-dynamic'
