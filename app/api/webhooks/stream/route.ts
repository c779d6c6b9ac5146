import { runtime } from '#server/runtime.ts'
import { respond } from '../../respond.ts'
import { bodyOf } from './body.ts'

/** The ingest. The server's fast lane answers with the same function, before Next sees the request. */
async function receive(request: Request): Promise<Response> {
  const body = await bodyOf(request)
  const header = (name: string) => request.headers.get(name)
  return respond(await runtime().receiveUpdate({ method: request.method, header, body, address: 'next' }))
}

export { receive as DELETE, receive as GET, receive as HEAD, receive as OPTIONS, receive as PATCH, receive as POST, receive as PUT }
