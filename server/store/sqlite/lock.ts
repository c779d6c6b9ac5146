/** One process per database: a lock that the kernel frees when its holder dies, however it dies. */
import Database from 'better-sqlite3'

export type Lock = { release: () => void }

/** @returns null when another process holds the lock */
export function lockDatabase(file: string): Lock | null {
  const lock = new Database(`${file}.lock`, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return null
    throw error
  }
  return { release: () => lock.close() }
}
