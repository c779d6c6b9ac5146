/** What stands in the bytes of a database: its file, its write-ahead log and the index of that, used or not. */
import { existsSync, readFileSync } from 'node:fs'

/** Those of the values that are found in any of the files. */
export function foundIn(databaseFile: string, values: readonly string[]): string[] {
  const files = ['', '-wal', '-shm'].map((end) => databaseFile + end).filter((file) => existsSync(file))
  const bytes = files.map((file) => readFileSync(file))
  return values.filter((value) => bytes.some((one) => one.includes(value)))
}
