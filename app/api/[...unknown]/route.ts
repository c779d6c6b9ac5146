import { respond } from '#app/api/respond.ts'
import { runtime } from '#server/runtime.ts'

function nothingHere(): Response {
  return respond(runtime().nothingHere())
}

export { nothingHere as DELETE, nothingHere as GET, nothingHere as PATCH, nothingHere as POST, nothingHere as PUT }
