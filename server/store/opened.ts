/** A database as the store gets it once it is open, whichever it is. */
import type { Client } from './database.ts'
import type { Sql } from './sql.ts'
import type { WrittenDatabase } from './writer.ts'

export type OpenedDatabase = {
  /** A client that cannot write. */
  reader: Client
  sql: Sql
  /** It closes the reader, too. */
  written: WrittenDatabase
  /** Which past of which database this is; null: nobody else writes to it while it is open. */
  readHistory: (() => Promise<string>) | null
  /** The clock of all moments that are stored, epoch milliseconds. */
  now: () => number
  /** Lets in whom it kept out: the last of all. */
  release: () => void
}
