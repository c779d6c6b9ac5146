/** Opens a database at a PostgreSQL server. Other servers may have it open, too. */
import type { Logger } from 'pino'
import { noneCommitted } from '../last-committed.ts'
import type { OpenedDatabase } from '../opened.ts'
import { openBatchThread } from './batch-thread.ts'
import { closeClient, createWriting, openClient } from './clients.ts'
import { followDatabaseClock } from './clock.ts'
import { assertPromises, connected } from './connection.ts'
import { createReadHistory } from './history.ts'
import { migratePostgres, postgresMigrations } from './migrate.ts'
import { postgresSql } from './sql.ts'
import { tidyPostgres } from './tidy.ts'

/**
 * Migrating it first.
 * @param own this machine's clock
 * @throws when it does not answer, does not promise what is needed, or cannot be migrated
 */
export async function openPostgres(databaseUrl: string, own: () => number, log: Logger): Promise<OpenedDatabase> {
  const { isFsyncOff } = await connected(databaseUrl, 'batches', assertPromises)
  if (isFsyncOff) log.warn('fsync is off at the database server: what is answered 2xx is lost with its machine')
  const applied = await migratePostgres(databaseUrl, postgresMigrations)
  if (applied.length > 0) log.info({ applied }, 'the database was migrated')
  const clock = await followDatabaseClock(databaseUrl, own, log)
  const reader = openClient(databaseUrl, 'reads')
  const writer = openClient(databaseUrl, 'writes')
  const thread = openBatchThread(databaseUrl, () => tidyPostgres(databaseUrl))
  return {
    reader,
    sql: postgresSql,
    written: {
      thread,
      write: createWriting(writer),
      // The server was asked already what became of it.
      isStored: async () => false,
      known: noneCommitted,
      isAlone: false,
      isTidiedBeside: true,
      whenSilent: 'the database server does not answer',
      // That is another machine's disk.
      freeBytes: () => Number.POSITIVE_INFINITY,
      close: async () => {
        await Promise.all([closeClient(reader), closeClient(writer)])
        await thread.close()
      },
    },
    readHistory: createReadHistory(reader, log),
    now: clock.now,
    release: clock.stop,
  }
}
