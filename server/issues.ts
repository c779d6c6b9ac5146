/** What is wrong with what was sent, as answers tell it. */
import type { z } from 'zod'
import type { Issue } from '#domain/forbidden-text.ts'

export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
}
