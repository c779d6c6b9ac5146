import { runtime } from '#server/runtime.ts'

/** Ready: updates can be stored and read. */
export async function GET(): Promise<Response> {
  const ready = await runtime().isReady()
  return Response.json({ ready }, { status: ready ? 200 : 503, headers: { 'cache-control': 'no-store' } })
}

export const dynamic = 'force-dynamic'
