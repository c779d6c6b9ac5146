/**
 * Writes the rows of a batch: one statement for what it adds, one for what it changes of rows that are there, and, when
 * orders are removed, one for what belonged to them. The parts of a statement all see what was there before it, and run
 * in no certain order: no two of them touch the same row.
 */
import type pg from 'pg'
import { type BatchRows, batchTables } from '../batch-rows.ts'
import { columnsOf, givenRows, parameterOf, type WrittenTable } from './batch-tables.ts'

const ofOrder = (row: string, given: string) =>
  `${row}.location_id = ${given}.location_id AND ${row}.order_id = ${given}.order_id`

const hasNoOrder = (given: string) =>
  `NOT EXISTS (SELECT 1 FROM orders o WHERE o.location_id = ${given}.location_id AND o.id = ${given}.order_id)`

/** What is done with the given rows of each table. */
const statements: Record<WrittenTable, string> = {
  orders: `INSERT INTO orders (location_id, id, seq, left_seq, first_seen_at, sweep_at, forget_from, facts)
    SELECT * FROM given_orders ON CONFLICT (location_id, id) DO UPDATE SET
      seq = excluded.seq, left_seq = excluded.left_seq, sweep_at = excluded.sweep_at, facts = excluded.facts`,
  items: `INSERT INTO order_items (location_id, order_id, items) SELECT * FROM given_items
    ON CONFLICT (location_id, order_id) DO UPDATE SET items = excluded.items`,
  forgottenAssignments: `DELETE FROM assignments a USING given_forgottenAssignments given
    WHERE ${ofOrder('a', 'given')} AND a.number = given.number`,
  assignments: `INSERT INTO assignments (location_id, order_id, number, said) SELECT * FROM given_assignments
    ON CONFLICT (location_id, order_id, number) DO UPDATE SET said = excluded.said`,
  // Those that stay are written over below: to remove them as well would be to touch them twice.
  amendedCustomers: `DELETE FROM customers c USING given_amendedCustomers given WHERE ${ofOrder('c', 'given')}
    AND NOT EXISTS (SELECT 1 FROM given_customers kept WHERE ${ofOrder('c', 'kept')} AND c.id = kept.id)`,
  customers: `INSERT INTO customers (location_id, order_id, id, position, name, phone) SELECT * FROM given_customers
    ON CONFLICT (location_id, order_id, id) DO UPDATE SET
      position = excluded.position, name = excluded.name, phone = excluded.phone`,
  holds: `INSERT INTO order_holds (location_id, order_id, until) SELECT * FROM given_holds
    ON CONFLICT (location_id, order_id) DO UPDATE SET until = excluded.until`,
  endedHolds: `DELETE FROM order_holds h USING given_endedHolds given WHERE ${ofOrder('h', 'given')}`,
  wordsAfterEnd: `INSERT INTO words_after_end (location_id, order_id, at) SELECT DISTINCT * FROM given_wordsAfterEnd
    ON CONFLICT (location_id, order_id, at) DO NOTHING`,
  changes: `INSERT INTO changes (location_id, order_id, seq, at, "by", facts) SELECT * FROM given_changes`,
  receipts: `INSERT INTO receipts (at, credential_id, type, location_id, order_id, outcome, seq, body)
    SELECT * FROM given_receipts`,
  actions: `INSERT INTO actions (location_id, action_id, order_id, screen_id, name, at, answer)
    SELECT * FROM given_actions`,
  refusals: `INSERT INTO refusals (id, at, credential_id, request_id, code, error, body)
    SELECT (SELECT coalesce(max(id), 0) FROM refusals) + sum(bytes) OVER (ROWS UNBOUNDED PRECEDING)::bigint,
      at, credential_id, request_id, code, error, decode(body, 'base64') FROM given_refusals`,
  oldRefusals: `DELETE FROM refusals WHERE id <= (SELECT coalesce(max(id), 0) FROM refusals)
    + (SELECT sum(bytes) FROM given_refusals) - (SELECT max(kept) FROM given_oldRefusals)`,
  // Several servers say that they are alive, and when a sender was heard: what counts is the last time.
  presence: `INSERT INTO presence (id, alive_at) SELECT 1, max(alive_at) FROM given_presence
    ON CONFLICT (id) DO UPDATE SET alive_at = greatest(presence.alive_at, excluded.alive_at)`,
  secretUses: `UPDATE credential_secrets s SET last_used_at = greatest(s.last_used_at, used.at)
    FROM (SELECT id, max(last_used_at) AS at FROM given_secretUses GROUP BY id) used WHERE s.id = used.id`,
  locations: `UPDATE locations l SET head = given.head, checksum = given.checksum,
      last_webhook_at = greatest(l.last_webhook_at, given.last_webhook_at)
    FROM given_locations given WHERE l.id = given.id AND l.head = given.head_before RETURNING l.id`,
  forgetFrom: `UPDATE orders o SET forget_from = given.forget_from FROM given_forgetFrom given
    WHERE o.location_id = given.location_id AND o.id = given.order_id`,
  receiptBodies: 'UPDATE receipts r SET body = NULL FROM given_receiptBodies given WHERE r.id = given.id',
  refusalBodies: `UPDATE refusals r SET body = NULL, error = '{"error":{"code":' || to_json(r.code)::text || '}}'
    FROM given_refusalBodies given WHERE r.id = given.id`,
  heardWordsAfterEnd: `DELETE FROM words_after_end w USING given_heardWordsAfterEnd given WHERE ${ofOrder('w', 'given')}`,
  // What was spoken of again meanwhile has another seq, and stays with all that belongs to it.
  oldOrders: `DELETE FROM orders o USING given_oldOrders given
    WHERE o.location_id = given.location_id AND o.id = given.id AND o.seq = given.seq`,
  oldChanges: 'DELETE FROM changes c USING given_oldChanges given WHERE c.id = given.id',
  oldReceipts: 'DELETE FROM receipts r USING given_oldReceipts given WHERE r.id = given.id',
  oldActions: `DELETE FROM actions a USING given_oldActions given
    WHERE a.location_id = given.location_id AND a.action_id = given.action_id`,
  agedRefusals: 'DELETE FROM refusals r USING given_agedRefusals given WHERE r.id = given.id',
  // Never back: another server may have come further.
  receiptsTo: `INSERT INTO forgetting (id, receipts_to) SELECT 1, max(receipts_to) FROM given_receiptsTo
    ON CONFLICT (id) DO UPDATE SET receipts_to = greatest(forgetting.receipts_to, excluded.receipts_to)`,
  oldItems: `DELETE FROM order_items i USING given_oldItems given WHERE ${ofOrder('i', 'given')} AND ${hasNoOrder('given')}`,
  oldAssignments: `DELETE FROM assignments a USING given_oldAssignments given
    WHERE ${ofOrder('a', 'given')} AND ${hasNoOrder('given')}`,
  oldCustomers: `DELETE FROM customers c USING given_oldCustomers given
    WHERE ${ofOrder('c', 'given')} AND ${hasNoOrder('given')}`,
}

/** What changes or removes rows that the first statement may have written. */
const second = new Set<WrittenTable>([
  'forgetFrom',
  'receiptBodies',
  'refusalBodies',
  'heardWordsAfterEnd',
  'oldOrders',
  'oldChanges',
  'oldReceipts',
  'oldActions',
  'agedRefusals',
  'receiptsTo',
])
/** What looks for orders that the second one has removed. */
const third = new Set<WrittenTable>(['oldItems', 'oldAssignments', 'oldCustomers'])
const tables = batchTables.filter((table) => table !== 'newLocations')
const steps: readonly (readonly WrittenTable[])[] = [
  tables.filter((table) => !second.has(table) && !third.has(table)),
  [...second],
  [...third],
]

const lockLocations = `SELECT id FROM locations WHERE id IN (SELECT location_id FROM json_to_recordset($1::json)
  AS given(location_id text)) ORDER BY id COLLATE "C" FOR UPDATE`

/** Writes several rows of one order that are to be one: the last holds. */
function lastOfEach(rows: BatchRows['forgetFrom']): BatchRows['forgetFrom'] {
  return [...new Map(rows.map((row) => [JSON.stringify(row.slice(1)), row])).values()]
}

/**
 * Writes all rows of a batch in the transaction that is open. All of it is sent at once: what is asked next goes with it.
 * @returns the number of the transaction, for who must ask whether it was committed; null when there was nothing to write
 * @throws when a location's head is not what the batch was decided on: it was not locked
 */
export async function writeRows(client: pg.Client, rows: BatchRows): Promise<string | null> {
  const sent: Promise<string | null>[] = []
  if (rows.oldOrders.length > 0) {
    // Who speaks of an order while it is removed would write it without what belongs to it.
    const values = [parameterOf(rows.oldOrders, columnsOf.oldOrders)]
    sent.push(client.query({ name: 'lock', text: lockLocations, values }).then(() => null))
  }
  const given = { ...rows, forgetFrom: lastOfEach(rows.forgetFrom) }
  for (const step of steps) sent.push(writeStep(client, step, given))
  // Behind one that fails all fail: the first says why.
  for (const one of sent) one.catch(() => {})
  let transactionId: string | null = null
  for (const one of sent) transactionId = (await one) ?? transactionId
  return transactionId
}

async function writeStep(client: pg.Client, step: readonly WrittenTable[], rows: BatchRows): Promise<string | null> {
  const tables = step.filter((table) => rows[table].length > 0)
  if (tables.length === 0) return null
  // It reads the customers that stay, though there may be none.
  if (tables.includes('amendedCustomers') && !tables.includes('customers')) tables.push('customers')
  const text = statementOf(tables)
  const values = tables.map((table) => parameterOf(rows[table], columnsOf[table]))
  const name = `write ${tables.map((table) => batchTables.indexOf(table)).join(' ')}`
  const { rows: answers } = await client.query<{ id: string }>({ name, text, values })
  return answers[0]?.id ?? null
}

/** Fails, for nothing may be committed then, where a location was not as the batch was decided on. */
const locationsWritten = `(SELECT CASE WHEN written.count = given.count THEN written.count
    ELSE ('a row wrote nothing, of ' || given.count)::bigint END
  FROM (SELECT count(*) FROM written_locations) written, (SELECT count(*) FROM given_locations) given)`

function statementOf(tables: readonly WrittenTable[]): string {
  const given = tables.map((table, index) => givenRows(table, index + 1))
  const written = tables.map((table) => `written_${table} AS (${statements[table]})`)
  const locations = tables.includes('locations') ? locationsWritten : 'NULL'
  return `WITH ${[...given, ...written].join(',\n')}
    SELECT pg_current_xact_id()::text AS id, ${locations} AS locations`
}
