/**
 * The tables of one database, in memory: as much of them as a batch may ask for again, and how many rows and bytes were
 * written to each. An order is let go when nothing more will be said of it, so that memory is bounded by what is open.
 */
import type { Order } from '#domain/order.ts'
import type { BatchRows, BatchTable } from '#server/store/batch-rows.ts'
import { batchTables } from '#server/store/batch-rows.ts'
import { type Found, noLocations, type Wanted } from '#server/store/found.ts'
import type { OrderRow } from '#server/store/order-rows.ts'
import { orderOf } from '#server/store/order-rows.ts'

export type Written = { rows: number; bytes: number }

/** What stands in the tables of one order. */
export type StoredOrder = {
  seq: number
  facts: string
  items: string | null
  said: Map<number, string>
  customers: [position: number, id: string, name: string | null, phone: string | null][]
  /** Epoch milliseconds. */
  sweepAt: number | null
  hasLeft: boolean
  orderBytes: number
  itemsBytes: number
  customersBytes: number
  changes: Written
  receipts: Written
  /** Of the receipts' bytes: what was sent word for word. */
  wordsBytes: number
  actions: Written
}

type Row = BatchRows[BatchTable][number]

export const keyOf = (locationId: string, orderId: string) => `${locationId} ${orderId}`

/** Bytes of a row's values without what a database adds: texts as UTF-8 and their length, numbers and moments 8. */
export function bytesOf(row: Row): number {
  let bytes = 0
  for (const value of row) {
    if (value === null) continue
    if (typeof value === 'number' || (typeof value === 'string' && isMoment(value))) bytes += 8
    else bytes += (typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength) + 1
  }
  return bytes
}

const isMoment = (text: string) => text.length === 24 && text.endsWith('Z') && text.charAt(10) === 'T'

export function nothingWritten(): Record<BatchTable, Written> {
  return Object.fromEntries(batchTables.map((table) => [table, { rows: 0, bytes: 0 }])) as Record<BatchTable, Written>
}

export type TablesInMemory = ReturnType<typeof createTablesInMemory>

export function createTablesInMemory() {
  const locations = new Map<string, { head: number; checksum: number }>()
  const orders = new Map<string, StoredOrder>()
  let onBoard = 0

  function rowOf(locationId: string, id: string): OrderRow[] {
    const stored = orders.get(keyOf(locationId, id))
    if (!stored) return []
    const { seq, facts, items } = stored
    const said = `{${[...stored.said].map(([number, words]) => `"${number}":${words}`).join(',')}}`
    return [{ location_id: locationId, id, seq, facts, items, said, customers: JSON.stringify(stored.customers) }]
  }

  function storedOf(row: Row): StoredOrder {
    const key = keyOf(String(row[0]), String(row[1]))
    const known = orders.get(key)
    if (known) return known
    const none = () => ({ rows: 0, bytes: 0 })
    const stored: StoredOrder = {
      ...{ seq: 0, facts: '', items: null, said: new Map(), customers: [], sweepAt: null, hasLeft: false },
      ...{ orderBytes: 0, itemsBytes: 0, customersBytes: 0 },
      ...{ changes: none(), receipts: none(), wordsBytes: 0, actions: none() },
    }
    orders.set(key, stored)
    onBoard += 1
    return stored
  }

  function writeOrder(row: Row): void {
    const stored = storedOf(row)
    const [, , seq, leftSeq, , sweepAt, , facts] = row
    stored.seq = Number(seq)
    stored.facts = String(facts)
    stored.sweepAt = sweepAt === null ? null : Date.parse(String(sweepAt))
    stored.orderBytes = bytesOf(row)
    const hasLeft = leftSeq !== null
    if (hasLeft !== stored.hasLeft) onBoard += hasLeft ? -1 : 1
    stored.hasLeft = hasLeft
  }

  function writeSaid(row: Row, words: string | null): void {
    const { said } = storedOf(row)
    if (words === null) said.delete(Number(row[2]))
    else said.set(Number(row[2]), words)
  }

  function add(to: Written, row: Row): void {
    to.rows += 1
    to.bytes += bytesOf(row)
  }

  return {
    /** How many orders stand on boards. */
    onBoard: () => onBoard,
    stored: (locationId: string, orderId: string) => orders.get(keyOf(locationId, orderId)),
    order: (locationId: string, orderId: string): Order | null => {
      const [row] = rowOf(locationId, orderId)
      return row ? orderOf(row) : null
    },
    letGo: (locationId: string, orderId: string) => {
      if (orders.get(keyOf(locationId, orderId))?.hasLeft === false) onBoard -= 1
      orders.delete(keyOf(locationId, orderId))
    },

    /** Answers what a batch must know, as the statements of the databases do. */
    read: (wanted: Wanted): Found => ({
      passedOver: noLocations,
      locations: wanted.locations.map(([id]) => {
        const { head, checksum } = locations.get(id) ?? { head: 0, checksum: 0 }
        return { id, head, checksum, prepTimeMinutes: null }
      }),
      orders: wanted.orders.flatMap(([locationId, id]) => rowOf(locationId, id).map(orderOf)),
      // Nobody does the same action twice here.
      actions: [],
    }),

    /** Writes the rows of a batch; what each table got is added to `written`. */
    write: (rows: BatchRows, written: Record<BatchTable, Written>) => {
      for (const table of batchTables) for (const row of rows[table]) add(written[table], row)
      for (const row of rows.orders) writeOrder(row)
      for (const row of rows.items) {
        const stored = storedOf(row)
        stored.items = String(row[2])
        stored.itemsBytes = bytesOf(row)
      }
      for (const row of rows.forgottenAssignments) writeSaid(row, null)
      for (const row of rows.assignments) writeSaid(row, String(row[3]))
      for (const row of rows.amendedCustomers) Object.assign(storedOf(row), { customers: [], customersBytes: 0 })
      for (const row of rows.customers) {
        const [, , id, position, name, phone] = row as [string, string, string, number, string | null, string | null]
        const stored = storedOf(row)
        stored.customers.push([position, id, name, phone])
        stored.customersBytes += bytesOf(row)
      }
      for (const row of rows.changes) add(storedOf(row).changes, row)
      for (const row of rows.receipts) {
        const [, , , locationId, orderId, , , body] = row
        const stored = orders.get(keyOf(String(locationId), String(orderId)))
        if (!stored) continue
        add(stored.receipts, row)
        stored.wordsBytes += bytesOf([body ?? null])
      }
      for (const row of rows.actions) {
        const stored = orders.get(keyOf(String(row[0]), String(row[2])))
        if (stored) add(stored.actions, row)
      }
      for (const [head, checksum, , id] of rows.locations) {
        locations.set(String(id), { head: Number(head), checksum: Number(checksum) })
      }
    },
  }
}
