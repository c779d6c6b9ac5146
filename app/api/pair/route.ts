import { cookies } from 'next/headers'
import { respond, smallJson } from '#app/api/respond.ts'
import { errorAnswer, jsonAnswer } from '#server/answer.ts'
import { runtime } from '#server/runtime.ts'
import { screenCookie } from '#server/screen-token.ts'

/** Pairs the browser that holds a one-time link. A POST, so that no preview of the link uses it up. */
export async function POST(request: Request): Promise<Response> {
  const body = await smallJson(request)
  const link = typeof body === 'object' && body !== null && 'link' in body ? String(body.link) : ''
  const paired = await runtime().pairByLink(link)
  if (!paired) return respond(errorAnswer('not_found', 'this link was used, or is too old'))
  const jar = await cookies()
  jar.set(screenCookie, paired.token, {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    maxAge: 400 * 24 * 60 * 60,
    secure: new URL(request.url).protocol === 'https:',
  })
  return respond(jsonAnswer({ paired: true }))
}
