/**
 * Puts a backup in the place of the database. At every moment a whole database stands there: everything that can fail
 * is done on a copy beside it, and what is replaced is kept.
 */
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { createAudit } from '../audit.ts'
import { copyDatabase, countChanges, flush, removeDatabase } from './backup.ts'
import { openWriter } from './connection.ts'
import { migrate } from './migrate.ts'

export type Restored = {
  changes: number
  /** The migrations that the backup did not have. */
  applied: string[]
  /** Where the database that stood there is kept. */
  replaced: string | null
}

/**
 * The caller holds the lock of the database.
 * @throws when the backup is no database of Passline, is damaged, or is of a newer version; then nothing has changed
 */
export async function restore(backup: string, file: string, migrationsFolder: string, at: Date): Promise<Restored> {
  countChanges(backup)
  const next = `${file}.restoring`
  removeDatabase(next)
  try {
    copyDatabase(backup, next)
    const applied = await migrate(next, migrationsFolder)
    await note(next, backup, at)
    const changes = countChanges(next)
    flush(next)
    const replaced = keep(file, at)
    renameSync(next, file)
    flush(path.dirname(file))
    return { changes, applied, replaced }
  } finally {
    removeDatabase(next)
  }
}

/** In the audit of what is restored: its owners see where it begins again. */
async function note(file: string, backup: string, at: Date): Promise<void> {
  const client = await openWriter(file)
  try {
    const audit = createAudit(
      client,
      (work) => work(client),
      () => at.getTime(),
    )
    await audit.note({ by: 'command line', action: 'restore', about: { backup } })
  } finally {
    await client.$disconnect()
  }
}

/**
 * Gives the database a second name, and takes its log away: it must not be read into the one that comes. A server that
 * was killed leaves such a log; it keeps to the database by its name.
 */
function keep(file: string, at: Date): string | null {
  if (!existsSync(file)) return null
  const kept = `${file}.replaced-${at.toISOString().replace(/[-:]|\.\d+/g, '')}`
  linkSync(file, kept)
  if (existsSync(`${file}-wal`)) linkSync(`${file}-wal`, `${kept}-wal`)
  for (const rest of ['-wal', '-shm']) rmSync(`${file}${rest}`, { force: true })
  return kept
}
