/** Blanks and removes rows of the past through the writer, in batches like all else, so that nobody else waits for it. */
import type { Past } from './store/batch.ts'
import type { Writer } from './store/writer.ts'

const bytesOfRow = 100

/** @returns a function that throws when the rows could not be stored: they are found again */
export function storePast(writer: Pick<Writer, 'record'>, now: () => number): (past: Past) => Promise<void> {
  return async (past) => {
    const rows = Object.values(past).reduce((count, list) => count + list.length, 0)
    if (rows === 0) return
    const recorded = await writer.record({
      about: null,
      at: now(),
      bytes: rows * bytesOfRow,
      isWebhook: false,
      past,
      decide: () => ({ step: { kind: 'unchanged' }, answer: null }),
    })
    if (recorded.kind === 'not-stored') throw new Error(`nothing could be forgotten: ${recorded.reason}`)
  }
}
