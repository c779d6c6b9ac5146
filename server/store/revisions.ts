/**
 * How every server learns what others have changed of what each of them remembers: a change raises a number in its own
 * transaction, and each looks at the numbers once a second, and before it says that it does not know something.
 */
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { shareReading } from '../share-reading.ts'
import type { Client, Transaction } from './database.ts'
import type { Sql } from './sql.ts'

/** What is remembered, and raised when it is changed. */
export type Raised = 'credentials' | 'screens' | 'gaps'

/** `locations`: how many there are. `history`: which past of which database this is (live/epochs.ts). */
export type Subject = Raised | 'locations' | 'history'

const lookEveryMs = 1_000

export type Revisions = {
  /** In the transaction of a change, as its last statement: who holds a number waits for nobody. */
  raise: (client: Transaction, subject: Raised) => Promise<void>
  /** Called when somebody else may have changed it. */
  follow: (subject: Subject, changed: () => void) => void
  /**
   * Looks now, and tells who follows. All who ask before a look begins share it.
   * @throws when the database does not answer
   */
  look: () => Promise<void>
  /** The mark of this history. */
  history: () => string
  stop: () => void
}

type Settings = {
  reader: Client
  sql: Sql
  /** Reads the mark of the history; null: nobody else writes, and each opening is a history of its own. */
  readHistory: (() => Promise<string>) | null
  log: Logger
}

/** @throws when the database does not answer */
export async function openRevisions({ reader, sql, readHistory, log }: Settings): Promise<Revisions> {
  const own = randomUUID()
  const followers = new Map<Subject, (() => void)[]>()
  let marks: ReadonlyMap<Subject, string> = new Map()

  async function read(): Promise<Map<Subject, string>> {
    const [rows, history] = await Promise.all([
      reader.$queryRawUnsafe<{ name: Subject; number: number | bigint }[]>(
        `SELECT name, number FROM revisions UNION ALL SELECT 'locations', count(*) FROM locations`,
      ),
      readHistory?.() ?? own,
    ])
    return new Map([...rows.map(({ name, number }) => [name, String(number)] as const), ['history', history]])
  }

  async function compare(): Promise<void> {
    const before = marks
    marks = await read()
    for (const [subject, changed] of followers) {
      if (marks.get(subject) === before.get(subject)) continue
      for (const tell of changed) tell()
    }
  }

  // Where nobody else writes, nobody else changes anything.
  const look = readHistory === null ? async () => {} : shareReading(compare)

  marks = await read()
  const timer = readHistory && setInterval(() => look().catch(noteAway), lookEveryMs)
  timer?.unref()

  function noteAway(error: unknown): void {
    log.debug({ err: error }, 'whether others have changed something could not be read')
  }

  return {
    raise: async (client, subject) => {
      await client.$executeRawUnsafe(
        sql.statement(`INSERT INTO revisions (name, number) VALUES (?, 1)
          ON CONFLICT (name) DO UPDATE SET number = revisions.number + 1`),
        subject,
      )
    },
    follow: (subject, changed) => {
      const others = followers.get(subject)
      if (others) others.push(changed)
      else followers.set(subject, [changed])
    },
    look,
    history: () => marks.get('history') ?? own,
    stop: () => {
      if (timer) clearInterval(timer)
    },
  }
}
