/**
 * An hour of the restaurants of one server in virtual time: simulated traffic through the real door's parsing,
 * the real deciding and batching, time's own changes and staff's taps; no database, no clock. What is kept in memory is
 * bounded by the open orders of that server.
 */
import { isPlainText } from '#domain/forbidden-text.ts'
import { forget } from '#domain/forget.ts'
import type { Order } from '#domain/order.ts'
import { parseUpdate } from '#domain/order-update.ts'
import { orderView, pickupView } from '#domain/order-view.ts'
import { eventQueue, type Waiting } from '#domain/simulation/event-queue.ts'
import { seededRandom } from '#domain/simulation/random.ts'
import { type SimulatedEvent, simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'
import { createOrderId } from '#server/create-order-id.ts'
import { digestOf } from '#server/live/open-orders.ts'
import { parseJson } from '#server/parse-json.ts'
import { updateJob } from '#server/receive-update.ts'
import { actionJob } from '#server/screen-requests.ts'
import { addOrder, noRows } from '#server/store/batch-rows.ts'
import type { Credential } from '#server/store/credentials.ts'
import type { Screen } from '#server/store/screens.ts'
import { sweepJob } from '#server/sweeper.ts'
import { type Counts, noteWait, nothingCounted } from './counts.ts'
import { actionOf, type Tap, tapsAfter } from './staff.ts'
import { bytesOf, createTablesInMemory, keyOf, nothingWritten, type StoredOrder } from './tables-in-memory.ts'
import { type CommittedBatch, createVirtualWriter } from './virtual-writer.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** An evening, and when its business day began. */
export const hourStartsAt = Date.UTC(2026, 0, 9, 18)
const dayStartedAt = hourStartsAt - 14 * hourMs

/** Before the hour that counts: what was begun earlier comes into its usual course. */
const runInMs = 10 * minuteMs

/** The sweeper looks at every location so often, and takes about so long for a round (server/sweeper.ts). */
const sweepEveryMs = 10_000
const sweepTakesMs = 2_000

/** Messages of every so-manieth change are weighed, and people of every so-manieth finished order forgotten. */
const weighedOf = 16

export type HourOptions = {
  /** Which of them: each has locations and traffic of its own. */
  server: number
  locations: number
  ordersPerHour: number
  commitMs: (jobs: number) => number
}

type Due = Waiting & { locationId: string; orderId: string; tap: Tap | null }

const credential: Credential = { id: '6f1d2c3a-0b4e-4c55-9a77-1e2d3c4b5a69', name: 'Stream', locations: null }
const screen: Screen = {
  ...{ id: '9b2e8f10-5c6d-4e7f-8a91-b2c3d4e5f607', name: 'Kitchen', role: 'kitchen' },
  ...{ everyLocation: false, locations: [], guestsCanSee: false, look: { language: null, limits: {} }, settings: '' },
}

/** One hour of one server. */
export function simulateHour({ server, locations, ordersPerHour, commitMs }: HourOptions): Counts {
  const ids = Array.from({ length: locations }, (_, index) => `pos_location_${server * locations + index}`)
  const placeOf = new Map(ids.map((id, index) => [id, Math.round((index / locations) * sweepTakesMs)]))
  const counts = { ...nothingCounted(), locations }
  const before = nothingWritten()
  const random = seededRandom(server, 3)
  const tables = createTablesInMemory()
  const due = eventQueue<Due>()
  const orderIds = new Map<string, string>()
  const toldToTheEnd = new Set<string>()
  let rank = 0
  let finished = 0
  let now = hourStartsAt - runInMs
  let isBacklog = true
  const isCounted = () => now >= hourStartsAt

  const writer = createVirtualWriter({
    tables,
    commitMs: (jobs) => (isBacklog ? 0 : commitMs(jobs)),
    written: () => (isCounted() ? counts.written : before),
    onCommitted,
  })

  function onCommitted(batch: CommittedBatch): void {
    if (isCounted()) countBatch(counts, batch)
    for (const { order, at } of batch.changes) expect(order, at, batch.committedAt)
    for (const { about } of batch.jobs) if (about) letGoIfFinished(about.locationId, about.orderId)
  }

  /** What time or staff will do to an order after a change. */
  function expect(order: Order, changedAt: number, committedAt: number): void {
    const { locationId, id: orderId } = order
    const add = (at: number, tap: Tap | null) => {
      if (at >= hourStartsAt + hourMs) return
      rank += 1
      due.add({ at, rank, locationId, orderId, tap })
    }
    if (!isBacklog) {
      for (const tap of tapsAfter(order, changedAt, random)) add(Math.max(tap.at, committedAt), tap)
    }
    const sweepAt = tables.stored(locationId, orderId)?.sweepAt ?? null
    if (sweepAt === null) return
    const place = placeOf.get(locationId) ?? 0
    const round = Math.ceil((Math.max(sweepAt, committedAt) - place) / sweepEveryMs)
    add(round * sweepEveryMs + place, null)
  }

  function letGoIfFinished(locationId: string, orderId: string): void {
    const key = keyOf(locationId, orderId)
    const stored = tables.stored(locationId, orderId)
    if (!stored?.hasLeft || !toldToTheEnd.has(key)) return
    finished += 1
    if (isCounted()) {
      countFinished(counts, stored, [locationId, orderId])
      const order = finished % weighedOf === 0 ? tables.order(locationId, orderId) : null
      if (order) countForgetting(counts, stored, order)
    }
    toldToTheEnd.delete(key)
    tables.letGo(locationId, orderId)
  }

  function hear(event: SimulatedEvent, at: number): void {
    const { orderKey } = event
    const known = orderIds.get(orderKey)
    const text = JSON.stringify(known === undefined ? event.body : withOrderId(event.body, known))
    const parsed = parseUpdate(parseJson(text), createOrderId, isPlainText(text))
    if (parsed.kind !== 'update') throw new Error(`a simulated webhook was not taken: ${text}`)
    const { locationId, orderId } = parsed.update
    if (event.isLast) orderIds.delete(orderKey)
    else orderIds.set(orderKey, orderId)
    if (event.isLast) toldToTheEnd.add(keyOf(locationId, orderId))
    writer[isBacklog ? 'prepare' : 'record'](updateJob(credential, text, parsed.update, at))
  }

  function doWhatIsDue({ locationId, orderId, tap, at }: Due): void {
    const stored = tables.stored(locationId, orderId)
    if (!stored) return
    if (tap) {
      rank += 1
      const actionId = `${String(rank).padStart(8, '0')}-5a3c-4f0e-9d21-7c6b5a49e8f3`
      if (isCounted()) counts.taps += 1
      writer.record(actionJob(screen, locationId, orderId, actionOf(tap, actionId, stored.seq), at))
    } else if (stored.sweepAt !== null && stored.sweepAt <= at) {
      writer.record(sweepJob(locationId, orderId, at, dayStartedAt))
    }
  }

  function passTo(at: number): void {
    writer.passTo(at)
    // Boards are looked at once a minute.
    const minutes = Math.floor(at / minuteMs) - Math.floor(Math.max(now, hourStartsAt) / minuteMs)
    if (minutes > 0) {
      counts.onBoard += tables.onBoard() * minutes
      counts.looks += minutes
    }
    now = at
  }

  const stream = simulate({
    ...{ seed: server + 1, locations: ids, startAt: now, startMidService: true, ordersPerMinute: ordersPerHour / 60 },
  })
  for (let { value: event } = stream.next(); event.at < hourStartsAt + hourMs; { value: event } = stream.next()) {
    if (!event.isBacklog && isBacklog) {
      writer.passTo(now)
      isBacklog = false
    }
    for (let first = due.first(); first && first.at <= event.at; first = due.first()) {
      due.takeFirst()
      passTo(first.at)
      doWhatIsDue(first)
    }
    const at = Math.round(event.at)
    passTo(Math.max(at, now))
    hear(event, now)
  }
  passTo(hourStartsAt + hourMs)
  return counts
}

function countBatch(counts: Counts, batch: CommittedBatch): void {
  const { jobs, changes, answers, rows, committedAt, orders, ordersRead } = batch
  counts.batches += 1
  counts.jobs += jobs.length
  counts.largestBatch = Math.max(counts.largestBatch, jobs.length)
  counts.ordersOfBatches += orders
  counts.ordersRead += ordersRead
  for (const [index, job] of jobs.entries()) {
    noteWait(counts, committedAt - job.at)
    const second = Math.floor((job.at - hourStartsAt) / 1_000)
    counts.jobsEachSecond[second] = (counts.jobsEachSecond[second] ?? 0) + 1
    if (job.isWebhook) counts.updates[(answers[index] as { outcome: keyof Counts['updates'] }).outcome] += 1
  }
  for (const [, , , , by] of rows.changes) counts.changes[by as keyof Counts['changes']] += 1
  // When it is to be forgotten is written with a new order alone.
  for (const [, , , , , , forgetFrom] of rows.orders) if (forgetFrom !== null) counts.ordersPlaced += 1
  for (const change of changes) {
    const { order, locationId, seq } = change
    if ((counts.batches + seq) % weighedOf !== 0) continue
    const message = (view: object) =>
      JSON.stringify(['change', { locationId, epoch: 'AbCdEfGhIjKl', seq, order: view }])
    counts.weighed.changes += 1
    counts.weighed.staffBytes += Buffer.byteLength(message(orderView(order)))
    counts.weighed.pickupBytes += Buffer.byteLength(message(pickupView(order)))
    counts.weighed.toldBytes += Buffer.byteLength(JSON.stringify(change))
    counts.weighed.digestBytes += Buffer.byteLength(JSON.stringify(digestOf(change)))
  }
}

function countFinished({ finished }: Counts, stored: StoredOrder, key: string[]): void {
  const { changes, receipts, actions, wordsBytes, orderBytes, itemsBytes, customersBytes } = stored
  const saidBytes = [...stored.said].reduce((sum, row) => sum + bytesOf([...key, ...row]), 0)
  finished.orders += 1
  finished.peopleRows += stored.said.size + stored.customers.length
  finished.peopleBytes += saidBytes + customersBytes + wordsBytes
  finished.rows += 1 + (stored.items === null ? 0 : 1) + stored.said.size + stored.customers.length
  finished.rows += changes.rows + receipts.rows + actions.rows
  finished.bytes +=
    orderBytes + itemsBytes + saidBytes + customersBytes + changes.bytes + receipts.bytes + actions.bytes
  finished.updates += receipts.rows
  finished.changes += changes.rows
}

/** Forgets the people of a finished order, as it is done a day later (server/forgetting.ts). */
function countForgetting({ forgotten }: Counts, stored: StoredOrder, order: Order): void {
  const without = forget(order, { at: order.heardAt + 24 * hourMs, seq: order.seq + 1 })
  if (!without) return
  const rows = noRows()
  addOrder(rows, without, order)
  const { orders: orderRows, items } = rows
  const bytesIn = (table: (typeof orderRows)[]) => table.flat().reduce((sum, row) => sum + bytesOf(row), 0)
  const change = bytesOf([order.locationId, order.id, 1, 1, 'time', '{"forgotten":true,"lane":"done"}'])
  const itemsKept = items.length > 0 ? bytesIn([items]) : stored.itemsBytes
  const { changes, receipts, actions, wordsBytes } = stored
  forgotten.orders += 1
  // Its row, its items, one change; people's rows are deleted, and what was sent is blanked.
  forgotten.rowsWritten += 2 + items.length + stored.said.size + stored.customers.length + receipts.rows
  forgotten.bytesKept += bytesIn([orderRows]) + itemsKept + changes.bytes + change
  forgotten.bytesKept += receipts.bytes - wordsBytes + actions.bytes
}
