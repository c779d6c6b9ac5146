/**
 * Transactions of batches at a PostgreSQL server, where other servers write as well: lock, read, decide, write, commit,
 * on one connection, one after the other. It needs no thread: who waits for the server waits without holding anybody up.
 *
 * Whatever fails throws the connection away, except where a location was waited for in vain. Before its commit a transaction
 * that failed has left nothing, and is begun anew while there is time: what was read is read again, and decided anew. Of a
 * commit whose answer was lost the server itself knows what became of it.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Order } from '#domain/order.ts'
import type { Wanted } from '../found.ts'
import type { Decide, Ended, WriteThread } from '../write-thread.ts'
import { connect, connected, drop } from './connection.ts'
import { faultOf, isAnswered, isLockHeld, reasonOf } from './errors.ts'
import { lockAndRead, waitFor } from './lock-and-read.ts'
import { writeRows } from './write-rows.ts'
import { createWrittenOrders } from './written-orders.ts'

const tryAgainMs = 25

/** A megabyte. */
const probeRows = 16_000

/** Others have what they write locked for milliseconds: a batch that came late waits for that all the same. */
const leastLockMs = 250

/** A transaction that takes longer is given up: the way to the server is broken, though nobody said so. */
const hangsAfterMs = 5_000

/**
 * All that a batch touches is found by its key, however long the tables. Left to itself, the planner reads whole tables as
 * long as they are short, or have never been counted, and keeps to that plan while they grow.
 */
const byKeyOnly = ['hashjoin', 'mergejoin', 'seqscan'].map((way) => `SET LOCAL enable_${way} = off`).join('; ')

/** Between two questions about what became of a commit. */
const askAgainMs = 100

/** The answer need not be waited for: what is asked next may go with it. Before anything is written it must be there. */
function begin(client: pg.Client, lockMs: number): Promise<unknown> {
  // A pool in between may have given us somebody else's connection: nothing is taken as set.
  const begun = client.query(`BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on;
    SET LOCAL lock_timeout = ${lockMs}; SET LOCAL idle_in_transaction_session_timeout = ${hangsAfterMs};
    ${byKeyOnly}`)
  begun.catch(() => {})
  return begun
}

/**
 * What a transaction writes: its number, null when that is not known before all is written; all that was sent, with the
 * number again, null when there was nothing to write; and the orders.
 */
type Writes = { id: string | null; all: Promise<string | null>; orders: ReadonlyMap<string, Order> }

/** `again`: nothing was stored, and it may work another time. */
type Tried = Ended | { kind: 'again'; reason: string }

/** @param tidy wipes what was blanked or removed, beside the batches (tidy.ts) */
export function openBatchThread(databaseUrl: string, tidy: () => Promise<Ended>): WriteThread {
  const written = createWrittenOrders()
  let client: pg.Client | null = null
  let last: Promise<unknown> = Promise.resolve()
  let isClosing = false

  /** One after the other. @param work never rejects */
  function inTurn(work: () => Promise<Ended>): Promise<Ended> {
    const next = last.then(work)
    last = next
    return next
  }

  function discard(): void {
    if (client) drop(client)
    client = null
    written.forget()
  }

  /** @param attempt is told how long it may wait for a lock, whenever it asks, milliseconds */
  async function tryUntil(patienceMs: number, attempt: (lockMs: () => number) => Promise<Tried>): Promise<Ended> {
    const deadline = performance.now() + patienceMs
    const lockMs = () => Math.max(leastLockMs, Math.ceil(deadline - performance.now()))
    for (;;) {
      const tried = await attempt(lockMs)
      if (tried.kind !== 'again') return tried
      if (performance.now() + tryAgainMs >= deadline) return { kind: 'away', reason: tried.reason }
      await wait(tryAgainMs)
    }
  }

  /**
   * @param awaited the location that is to be locked first, if it can be had
   * @param write within the transaction that is open once `begun` resolves, before which no batch may be written; it answers
   * what it writes, or null to leave all as it was
   */
  async function transaction(
    lockMs: () => number,
    awaited: string | null,
    write: (client: pg.Client, begun: Promise<unknown>) => Promise<Writes | null>,
  ): Promise<Tried> {
    let committing: { id: string | null } | null = null
    let open: pg.Client
    try {
      client ??= await connect(databaseUrl, 'batches')
      open = client
    } catch (error) {
      return { kind: 'again', reason: reasonOf(error) }
    }
    const hang = setTimeout(discard, hangsAfterMs)
    try {
      let begun = begin(open, lockMs())
      if (awaited !== null && !(await waitFor(open, awaited, leastLockMs, lockMs))) {
        open.query('ROLLBACK').catch(() => {})
        begun = begin(open, lockMs())
      }
      const writes = await write(open, begun)
      if (writes === null) {
        await open.query('ROLLBACK')
        return { kind: 'left' }
      }
      // Who knows the number may let the commit go with what is written: after a failure the server rolls back instead.
      committing = { id: writes.id ?? (await writes.all) }
      const committed = open.query('COMMIT')
      committed.catch(() => {})
      const id = await writes.all
      if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back by the server')
      if (id !== null) written.keep(writes.orders, id)
      return { kind: 'committed' }
    } catch (error) {
      discard()
      if (committing && !isAnswered(error)) return becameOf(committing.id, reasonOf(error))
      const reason = isLockHeld(error) ? 'another session holds a lock' : reasonOf(error)
      return { kind: faultOf(error), reason }
    } finally {
      clearTimeout(hang)
    }
  }

  /**
   * Asks the server about a transaction whose commit was sent and not answered, for as long as it is away: nothing else
   * could be stored meanwhile, who waits is told in time by the writer, and what was stored is to be published.
   */
  async function becameOf(id: string | null, reason: string): Promise<Tried> {
    // It wrote nothing, so that there is nothing to lose.
    if (id === null) return { kind: 'again', reason }
    while (!isClosing) {
      const status = await statusOf(id)
      if (status === 'committed') return { kind: 'committed' }
      if (status === 'aborted') return { kind: 'again', reason }
      if (status === 'unknown') break
      await wait(askAgainMs)
    }
    return { kind: 'away', reason: `${reason}; whether it was stored is not known` }
  }

  async function statusOf(id: string): Promise<'committed' | 'aborted' | 'not yet' | 'unknown'> {
    try {
      const { rows } = await connected(databaseUrl, 'batches', (asking) =>
        asking.query<{ status: string | null }>('SELECT pg_xact_status($1::xid8) AS status', [id]),
      )
      const status = rows[0]?.status
      if (status === 'committed' || status === 'aborted') return status
      return status === 'in progress' ? 'not yet' : 'unknown'
    } catch (error) {
      // Another server may have taken the place of the one that was asked to commit, and know nothing of it.
      return isAnswered(error) ? 'unknown' : 'not yet'
    }
  }

  function transact(wanted: Wanted, until: number, _chain: number, decide: Decide): Promise<Ended> {
    return inTurn(() =>
      tryUntil(until - Date.now(), (lockMs) =>
        transaction(lockMs, wanted.awaited, async (open, begun) => {
          const [{ found, transactionId }] = await Promise.all([lockAndRead(open, wanted, written), begun])
          const decided = decide(found)
          if (decided === null) return null
          return { id: transactionId, all: writeRows(open, decided.rows), orders: decided.orders }
        }),
      ),
    )
  }

  /** A write that changes nothing, and needs room: where a disk was full, there is some again. */
  async function probe(): Promise<Ended> {
    return tryUntil(0, (lockMs) =>
      transaction(lockMs, null, async (open, begun) => {
        await begun
        await open.query(
          `CREATE TEMP TABLE room ON COMMIT DROP AS SELECT md5(n::text) FROM generate_series(1, ${probeRows}) n`,
        )
        await open.query('UPDATE presence SET alive_at = alive_at WHERE id = 1')
        return { id: null, all: Promise.resolve(null), orders: new Map() }
      }),
    )
  }

  return {
    transact,
    probe: () => inTurn(probe),
    tidy,
    close: async () => {
      isClosing = true
      await last
      discard()
      written.stop()
    },
  }
}
