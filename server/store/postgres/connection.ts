/**
 * Connections to a PostgreSQL server. Each says at its beginning how long it waits for what, so that no fault of the
 * server or of the way to it holds anybody for longer.
 */
import pg from 'pg'

/** How long to wait for a connection, milliseconds: who sends an update is told within two seconds. */
const connectWithinMs = 1_500

export type Purpose =
  /** Transactions of batches; each says by itself how long it waits for locks. */
  | 'batches'
  /** Other writes: they wait for a lock as long as a batch does. */
  | 'writes'
  | 'reads'
  /** Wiping, migrating, and what is asked of the server itself: it takes its time. */
  | 'care'

/** Milliseconds; 0: no limit. `transaction`: how long one may be left open by a process that stopped. */
const limits: Record<Purpose, { statement: number; lock: number; transaction: number }> = {
  batches: { statement: 5_000, lock: 1_500, transaction: 10_000 },
  writes: { statement: 10_000, lock: 1_500, transaction: 15_000 },
  reads: { statement: 15_000, lock: 1_500, transaction: 15_000 },
  care: { statement: 0, lock: 60_000, transaction: 60_000 },
}

/**
 * The schema of an address, `?schema=…`.
 * @throws when it is no plain name: it becomes part of what a connection is set to
 */
export function schemaOf(databaseUrl: string): string {
  const schema = new URL(databaseUrl).searchParams.get('schema') ?? 'public'
  if (!/^\w+$/.test(schema)) throw new Error('the schema of the database is to be named by letters, digits and _')
  return schema
}

/** What connects for a purpose. */
export function connectionOf(databaseUrl: string, purpose: Purpose): pg.PoolConfig {
  const address = new URL(databaseUrl)
  const given = address.searchParams.get('options')
  for (const ours of ['options', 'schema']) address.searchParams.delete(ours)
  const { statement, lock, transaction } = limits[purpose]
  const settings = {
    search_path: `"${schemaOf(databaseUrl)}"`,
    TimeZone: 'UTC',
    synchronous_commit: 'on',
    default_transaction_isolation: String.raw`read\ committed`,
    ...(purpose === 'reads' && { default_transaction_read_only: 'on' }),
  }
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  return {
    connectionString: address.href,
    application_name: 'passline',
    options: [given, ...options].filter(Boolean).join(' '),
    connectionTimeoutMillis: connectWithinMs,
    keepAlive: true,
    ...(statement > 0 && { statement_timeout: statement, query_timeout: statement + connectWithinMs }),
    lock_timeout: lock,
    idle_in_transaction_session_timeout: transaction,
    // What is asked is sent at once, though the answer before it has not come.
    pipeline: purpose === 'batches',
  }
}

/**
 * Connects once.
 * @throws when the server does not answer, or does not let us in
 */
export async function connect(databaseUrl: string, purpose: Purpose): Promise<pg.Client> {
  const client = new pg.Client(connectionOf(databaseUrl, purpose))
  // A connection that breaks while nobody uses it is found broken when it is used next.
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Runs work on a connection of its own. */
export async function connected<Result>(
  databaseUrl: string,
  purpose: Purpose,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = await connect(databaseUrl, purpose)
  try {
    return await work(client)
  } finally {
    drop(client)
  }
}

/** Ends a connection, whatever its state, without waiting for the server: what was open in it is rolled back there. */
export function drop(client: pg.Client): void {
  client.end().catch(() => {})
  // `end` waits for an answer, which a server that hangs does not give.
  const { connection } = client as unknown as { connection: { stream: { destroy: () => void } } }
  connection.stream.destroy()
}

/** The oldest server that knows what we ask of one: `pg_xact_status` of the type of `pg_current_xact_id`. */
const oldestVersion = 130_000

/**
 * Reads back what the server promises.
 * @throws when it does not wait for the disk at each commit, or cannot keep our texts
 */
export async function assertPromises(client: pg.Client): Promise<{ isFsyncOff: boolean }> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS name,
      current_setting('synchronous_commit') AS synchronous, current_setting('server_encoding') AS encoding,
      current_setting('fsync') AS fsync`,
  )
  const { version, name, synchronous = '', encoding, fsync } = rows[0] ?? {}
  if (Number(version) < oldestVersion) throw new Error(`the database is PostgreSQL ${name}: 13 or newer is needed`)
  if (!['on', 'remote_apply'].includes(synchronous)) {
    throw new Error(`the database does not wait for its disk: synchronous_commit is ${synchronous}, and must be on`)
  }
  if (encoding !== 'UTF8') throw new Error(`the encoding of the database is ${encoding}, and must be UTF8`)
  return { isFsyncOff: fsync === 'off' }
}
