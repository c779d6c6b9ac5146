/** The rows of a batch on their way into PostgreSQL's tables: of each table its columns, and what becomes of a row. */
import type { BatchRows, BatchTable } from '../batch-rows.ts'

export type Column = readonly [name: string, type: 'text' | 'int' | 'bigint' | 'timestamp' | 'base64']

const place = [
  ['location_id', 'text'],
  ['order_id', 'text'],
] as const satisfies readonly Column[]

/** Locations that are new are made when they are locked. */
export type WrittenTable = Exclude<BatchTable, 'newLocations'>

/** The columns of the rows of each table (batch-rows.ts), in their order. */
export const columnsOf: Record<WrittenTable, readonly Column[]> = {
  orders: [
    ['location_id', 'text'],
    ['id', 'text'],
    ['seq', 'int'],
    ['left_seq', 'int'],
    ['first_seen_at', 'timestamp'],
    ['sweep_at', 'timestamp'],
    ['forget_from', 'timestamp'],
    ['facts', 'text'],
  ],
  items: [...place, ['items', 'text']],
  forgottenAssignments: [...place, ['number', 'int']],
  assignments: [...place, ['number', 'int'], ['said', 'text']],
  amendedCustomers: place,
  customers: [...place, ['id', 'text'], ['position', 'int'], ['name', 'text'], ['phone', 'text']],
  forgetFrom: [['forget_from', 'timestamp'], ...place],
  holds: [...place, ['until', 'timestamp']],
  endedHolds: place,
  wordsAfterEnd: [...place, ['at', 'timestamp']],
  changes: [...place, ['seq', 'int'], ['at', 'timestamp'], ['by', 'text'], ['facts', 'text']],
  receipts: [
    ['at', 'timestamp'],
    ['credential_id', 'text'],
    ['type', 'text'],
    ...place,
    ['outcome', 'text'],
    ['seq', 'int'],
    ['body', 'text'],
  ],
  actions: [
    ['location_id', 'text'],
    ['action_id', 'text'],
    ['order_id', 'text'],
    ['screen_id', 'text'],
    ['name', 'text'],
    ['at', 'timestamp'],
    ['answer', 'text'],
  ],
  refusals: [
    ['bytes', 'bigint'],
    ['at', 'timestamp'],
    ['credential_id', 'text'],
    ['request_id', 'text'],
    ['code', 'text'],
    ['error', 'text'],
    ['body', 'base64'],
  ],
  oldRefusals: [['kept', 'bigint']],
  presence: [['alive_at', 'timestamp']],
  secretUses: [
    ['last_used_at', 'timestamp'],
    ['id', 'text'],
  ],
  locations: [
    ['head', 'int'],
    ['checksum', 'bigint'],
    ['last_webhook_at', 'timestamp'],
    ['id', 'text'],
    ['head_before', 'int'],
  ],
  receiptBodies: [['id', 'bigint']],
  refusalBodies: [['id', 'bigint']],
  heardWordsAfterEnd: place,
  oldOrders: [
    ['location_id', 'text'],
    ['id', 'text'],
    ['seq', 'int'],
  ],
  oldItems: place,
  oldAssignments: place,
  oldCustomers: place,
  oldChanges: [['id', 'bigint']],
  oldReceipts: [['id', 'bigint']],
  oldActions: [
    ['location_id', 'text'],
    ['action_id', 'text'],
  ],
  agedRefusals: [['id', 'bigint']],
  receiptsTo: [['receipts_to', 'bigint']],
}

/** The rows of a table as a parameter, JSON: bytes are in base64. */
export function parameterOf(rows: BatchRows[WrittenTable], columns: readonly Column[]): string {
  return JSON.stringify(
    rows.map((row) => {
      const named: Record<string, string | number | null> = {}
      columns.forEach(([name], index) => {
        const value = row[index] ?? null
        named[name] = value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
      })
      return named
    }),
  )
}

/** A table `given_…` of the rows of a parameter, in their order. */
export function givenRows(table: WrittenTable, parameter: number): string {
  const columns = columnsOf[table].map(([name, type]) => `"${name}" ${type === 'base64' ? 'text' : type}`)
  return `given_${table} AS (SELECT * FROM json_to_recordset($${parameter}::json) AS given(${columns.join(', ')}))`
}
