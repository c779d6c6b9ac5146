import { z } from 'zod'
import { forbiddenText } from '#domain/forbidden-text.ts'

/** What somebody types, as every database keeps it: trimmed, with neither NUL nor half of a surrogate pair. */
export const plainText = z
  .string()
  .trim()
  .refine((text) => forbiddenText(text) === null, { error: 'expected plain text' })
