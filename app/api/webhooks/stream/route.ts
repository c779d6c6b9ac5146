import { respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

/** The ingest. The server's fast lane answers with the same function, before Next sees the request. */
async function receive(request: Request): Promise<Response> {
  const { receiveUpdate, bodyOf } = runtime()
  return respond(
    await receiveUpdate({
      requestId: request.headers.get('x-request-id') ?? '',
      method: request.method,
      header: (name) => request.headers.get(name),
      body: (from) => bodyOf(request.body, from),
      address: () => request.headers.get('x-passline-address') ?? '',
    }),
  )
}

export {
  receive as DELETE,
  receive as GET,
  receive as HEAD,
  receive as OPTIONS,
  receive as PATCH,
  receive as POST,
  receive as PUT,
}
