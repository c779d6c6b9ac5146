/** What the simulated hour says of the figures, beside what they say. */
import type { Beat, BeatAnswer } from '#domain/protocol.ts'
import { meanEventsPerOrder } from '#domain/simulation/simulation.ts'
import { batchTables } from '#server/store/batch-rows.ts'
import { table } from '../report.ts'
import { type Counts, waitAt } from './counts.ts'
import { type FigureName, figures, type Values } from './figures.ts'
import { jobsPerBatch } from './needs.ts'
import { shown } from './tables.ts'

export type Checked = { what: string; assumed: number; counted: number; tolerance: number; holds: boolean }

/** Of what is no figure: how far the simulation may be off. */
const tolerances = { perHour: 0.02, taps: 0.05, batch: 0.05, simulation: 0.05 } as const

/**
 * @param servers of how many the counts are: each has a writer of its own
 * @param loosely how many times the tolerance is allowed: few locations scatter more
 */
export function check(values: Values, counts: Counts, servers: number, loosely = 1): Checked[] {
  const counted = countedFigures(counts)
  const checked = (what: string, assumed: number, found: number, tolerance: number): Checked => {
    const isNear = Math.abs(found / assumed - 1) <= tolerance * loosely
    return { what, assumed, counted: found, tolerance: tolerance * loosely, holds: isNear }
  }
  const ofFigures = (Object.keys(counted) as FigureName[]).map((name) => {
    const { source } = figures[name]
    const tolerance = source.kind === 'simulated' ? source.tolerance : tolerances.taps
    return checked(figures[name].unit, values[name], counted[name] ?? Number.NaN, tolerance)
  })
  const ordersPerHour = counts.locations * values.ordersPerDay * values.peakHourShare
  const batch = jobsPerBatch(values, counts.jobs / servers / 3_600)
  const busiest = counts.jobsEachSecond.reduce((most, one) => Math.max(most, one), 0) / (counts.jobs / 3_600)
  return [
    checked('orders in the hour', ordersPerHour, counts.ordersPlaced, tolerances.perHour),
    checked(
      'webhooks an order, as domain/simulation tells',
      meanEventsPerOrder,
      counted.updatesPerOrder ?? Number.NaN,
      tolerances.simulation,
    ),
    ...ofFigures,
    checked('jobs in a batch', batch, counts.jobs / counts.batches, tolerances.batch),
    // A few locations have seconds of their own; what is used by half at most has room for twice the mean.
    ...(loosely > 1
      ? []
      : [
          {
            ...checked('the busiest second, × the mean', 1 / values.useAtMost, busiest, 0),
            holds: busiest <= 1 / values.useAtMost,
          },
        ]),
  ]
}

/** The figures as the hour has them. */
export function countedFigures(counts: Counts): Partial<Record<FigureName, number>> {
  const { ordersPlaced: orders, updates, changes, weighed, finished, forgotten } = counts
  const written = batchTables.map((one) => counts.written[one])
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
  return {
    updatesPerOrder: sum(Object.values(updates)) / orders,
    tapsPerOrder: counts.taps / orders,
    timeChangesPerOrder: changes.time / orders,
    changesPerOrder: sum(Object.values(changes)) / orders,
    minutesOnBoard: (counts.onBoard / counts.looks / orders) * 60,
    rowsWrittenPerOrder: sum(written.map(({ rows }) => rows)) / orders,
    rowsKeptPerOrder: finished.rows / finished.orders,
    peopleRowsPerOrder: finished.peopleRows / finished.orders,
    bytesKeptPerOrder: finished.bytes / finished.orders,
    rowsWrittenToForget: forgotten.rowsWritten / forgotten.orders,
    bytesKeptLater: forgotten.bytesKept / forgotten.orders,
    staffMessageBytes: weighed.staffBytes / weighed.changes,
    pickupMessageBytes: weighed.pickupBytes / weighed.changes,
    toldBytes: weighed.toldBytes / weighed.changes,
    digestBytes: weighed.digestBytes / weighed.changes,
    beatBytes: beatBytes(),
  }
}

/** A question of a kitchen's screen with one location, its answer, and their frames. */
function beatBytes(): number {
  const [locationId, epoch] = ['pos_location_12345', 'AbCdEfGhIjKl']
  const beat: Beat = {
    n: 12_345,
    positions: { [locationId]: { epoch, seq: 123_456, checksum: 2_345_678_901 } },
    painted: { [locationId]: 123_456 },
    paints: [],
    hidden: 0,
    sound: 'on',
    build: '0123456789abcdef',
  }
  const answer: BeatAnswer = {
    n: 12_345,
    serverTime: '2026-01-09T18:00:00.000Z',
    storing: true,
    locations: {
      [locationId]: {
        ...{ epoch, seq: 123_456, checksum: 2_345_678_901, lastWebhookAt: '2026-01-09T18:00:00.000Z' },
        ...{ usualGapMs: 120_000, gap: null, unshown: {} },
      },
    },
    silentScreens: [],
    build: '0123456789abcdef',
    settings: 'AbCdEfGhIjKl',
  }
  const frames = '42123["beat",]'.length + '43123[]'.length + 8 + 4
  return JSON.stringify(beat).length + JSON.stringify(answer).length + frames
}

export function verdictTable(checked: readonly Checked[]): string {
  const rows = checked.map(({ what, assumed, counted, tolerance, holds }) => [
    what,
    shown(assumed),
    shown(counted),
    `${((counted / assumed - 1) * 100).toFixed(1)} %`,
    `${(tolerance * 100).toFixed(0)} %`,
    holds ? 'holds' : 'OFF',
  ])
  return table(['', 'assumed', 'simulated', 'off by', 'may be', ''], rows)
}

/** What else the hour tells. */
export function hourTable(counts: Counts): string {
  const { locations, updates, changes, jobs, batches, ordersOfBatches, ordersRead } = counts
  const all = updates.changed + updates.repeated + updates.late
  const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`
  const busiest = counts.jobsEachSecond.reduce((most, one) => Math.max(most, one), 0)
  return table(
    ['an hour of', `${shown(locations)} locations`],
    [
      ['orders', shown(counts.ordersPlaced)],
      ['webhooks', shown(all)],
      ['of these repeated; late', `${share(updates.repeated, all)}; ${share(updates.late, all)}`],
      ['taps of staff', shown(counts.taps)],
      ['changes: by webhooks; staff; time', [changes.stream, changes.staff, changes.time].map(shown).join('; ')],
      ['a second, on average; in the busiest', `${shown(jobs / 3_600)}; ${shown(busiest)}`],
      ['batches', shown(batches)],
      ['in one, on average; at most', `${shown(jobs / batches)}; ${shown(counts.largestBatch)}`],
      ['until on disk, p50; p99, ms', `${shown(waitAt(counts, 0.5))}; ${shown(waitAt(counts, 0.99))}`],
      ['orders that a batch had to read', share(ordersRead, ordersOfBatches)],
      ['orders on boards, on average', shown(counts.onBoard / counts.looks)],
      ...batchTables
        .filter((one) => counts.written[one].rows > 0)
        .map((one) => [
          `${one}: rows; bytes of each`,
          `${shown(counts.written[one].rows)}; ${shown(counts.written[one].bytes / counts.written[one].rows)}`,
        ]),
    ],
  )
}
