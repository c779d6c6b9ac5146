/** One file, as the writer sees it: batches go to its thread, all else to a connection of its own between two of them. */
import { type Client, inOneGo, type Transaction } from '../database.ts'
import { createLastCommitted } from '../last-committed.ts'
import { openWriteThread, type WriteThread } from '../write-thread.ts'
import type { WrittenDatabase } from '../writer.ts'
import { fileIdentity, freeBytes, openWriter } from './connection.ts'
import { isStored } from './transaction.ts'

/**
 * @param reader tells what stands in the file; it is closed with the rest
 * @param thread writes to it
 */
export function openWritten(
  file: string,
  reader: Client,
  thread: WriteThread = openWriteThread(file, reader),
): WrittenDatabase {
  const identity = fileIdentity(file)

  async function write<Result>(work: (client: Transaction) => Promise<Result>): Promise<Result> {
    if (fileIdentity(file) !== identity) throw new Error('the database file was removed or replaced under the server')
    const client = await openWriter(file)
    try {
      return await client.$transaction(work, inOneGo)
    } finally {
      await client.$disconnect()
    }
  }

  return {
    thread,
    write,
    isStored: async (rows) => fileIdentity(file) === identity && (await isStored(reader, rows)),
    known: createLastCommitted(),
    isAlone: true,
    isTidiedBeside: false,
    whenSilent: 'the disk does not answer',
    freeBytes: () => freeBytes(file),
    close: async () => {
      // The last connection folds the log into the file, if it is one that writes.
      await reader.$disconnect()
      await thread.close()
    },
  }
}
