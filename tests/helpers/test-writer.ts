/** The one writer on a database of its own, without the server around it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import type { CommittedChange } from '#server/store/batch.ts'
import { openReader } from '#server/store/sqlite/connection.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { openWritten } from '#server/store/sqlite/written.ts'
import { openWriteThread, type WriteThread } from '#server/store/write-thread.ts'
import { openBatchWriter, type Writer } from '#server/store/writer.ts'

export type TestWriter = AsyncDisposable & {
  writer: Writer
  file: string
  /** What was published, in order. */
  published: CommittedChange[]
}

/**
 * @param wrap may put a fault between the writer and its thread
 * @param isAlone whether nobody else is said to write
 */
export async function testWriter(
  wrap: (thread: WriteThread) => WriteThread = (thread) => thread,
  isAlone = true,
): Promise<TestWriter> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-writer-'))
  const file = path.join(folder, 'passline.db')
  await migrate(file, migrationsFolder)
  const reader = openReader(file)
  const published: CommittedChange[] = []
  const thread = openWriteThread(file, reader)
  // It reads TypeScript first, which may take longer than anybody waits for an answer.
  await thread.probe()
  const writer = openBatchWriter({
    database: { ...openWritten(file, reader, wrap(thread)), isAlone },
    timeZone: 'UTC',
    now: Date.now,
    log: createLog('silent'),
    metrics: createMetrics(),
    onCommitted: (changes) => published.push(...changes),
  })
  return {
    writer,
    file,
    published,
    [Symbol.asyncDispose]: async () => {
      await writer.close()
      await reader.$disconnect()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
