import { respond } from '#app/api/respond.ts'
import { errorAnswer } from '#server/answer.ts'

function unknown(): Response {
  return respond(errorAnswer('not_found', 'there is nothing at this address'))
}

export { unknown as DELETE, unknown as GET, unknown as PATCH, unknown as POST, unknown as PUT }
