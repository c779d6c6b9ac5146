/**
 * What the arithmetic begins with: each figure with its unit and where it comes from. What is measured stands in
 * docs/measured.md, word for word; what is simulated is counted again by `npm run bench -- scaling-hour`; what is assumed
 * says why, and is nobody's measurement.
 */

export type Source =
  /** `stands`: a text of docs/measured.md that holds the figure. */
  | { kind: 'measured'; with: string; stands: string }
  /** `tolerance`: the share by which the simulation may differ before it fails. */
  | { kind: 'simulated'; tolerance: number }
  /** `stands`: a text of a file of this tree that holds the figure. */
  | { kind: 'set'; file: string; stands: string }
  | { kind: 'assumed'; because: string }

export type Figure = { value: number; unit: string; source: Source }

const measured = (value: number, unit: string, bench: string, stands: string): Figure => ({
  ...{ value, unit, source: { kind: 'measured', with: `npm run bench -- ${bench}`, stands } },
})
const simulated = (value: number, unit: string, tolerance = 0.05): Figure => ({
  ...{ value, unit, source: { kind: 'simulated', tolerance } },
})
const set = (value: number, unit: string, file: string, stands: string): Figure => ({
  ...{ value, unit, source: { kind: 'set', file, stands } },
})
const assumed = (value: number, unit: string, because: string): Figure => ({
  ...{ value, unit, source: { kind: 'assumed', because } },
})

export const figures = {
  // The restaurants.
  ordersPerDay: assumed(40, 'orders a location and day', 'a busy location; most have fewer'),
  peakHourShare: assumed(0.125, 'of a day’s orders in its busiest hour', 'two meals a day; one hour in eight'),
  screensPerLocation: assumed(2, 'screens a location', 'kitchen and counter, as in `npm run bench -- live`'),

  // One order.
  updatesPerOrder: simulated(7.2, 'webhooks an order'),
  tapsPerOrder: assumed(1.33, 'taps of staff an order', 'habits in tests/bench/scaling/staff.ts'),
  timeChangesPerOrder: simulated(1.43, 'changes that time makes an order', 0.08),
  changesPerOrder: simulated(9.3, 'changes an order on its day'),
  minutesOnBoard: simulated(37.7, 'minutes an order is on the board', 0.06),
  rowsWrittenPerOrder: simulated(40.6, 'rows written an order on its day'),
  rowsKeptPerOrder: simulated(20.7, 'rows kept an order, people among them'),
  peopleRowsPerOrder: simulated(1.73, 'rows of these that are people’s', 0.08),
  bytesKeptPerOrder: simulated(5_700, 'bytes in the rows kept'),
  rowsWrittenToForget: simulated(11.7, 'rows written to forget an order’s people', 0.08),
  bytesKeptLater: simulated(3_390, 'bytes kept an order once its people are forgotten', 0.08),
  staffMessageBytes: simulated(1_510, 'bytes of a change to a staff screen'),
  pickupMessageBytes: simulated(252, 'bytes of a change to a pickup board'),
  toldBytes: simulated(1_430, 'bytes of a change to another server that shows it'),
  digestBytes: simulated(78, 'bytes of a change to every other server'),
  keepPeopleHours: set(24, 'hours people are kept', 'README.md', '| `PASSLINE_FORGET_AFTER_HOURS` | 24 |'),
  keepFactsDays: set(90, 'days facts are kept', 'README.md', '| `PASSLINE_KEEP_DAYS` | 90 |'),

  // One screen.
  beatEveryMs: set(
    3_000,
    'milliseconds between two questions',
    'components/live/board-store.ts',
    'beatEveryMs = 3_000',
  ),
  beatBytes: simulated(562, 'bytes of a question and its answer, one location', 0.1),

  // One server, with the embedded database.
  updatesPerSecond: measured(
    3_011,
    'updates a second, 100 screens',
    'ingest',
    '| 128         | ours, 100 screens | 3011 ',
  ),
  connections: measured(128, 'connections that it was measured with', 'ingest', '| 128         | ours, 100 screens '),
  updatesOneByOne: measured(
    569,
    'updates a second, one after the other',
    'ingest',
    '| 1           | ours              | 569 ',
  ),
  screensPerServer: measured(
    10_000,
    'screens on one server',
    'live',
    '10,000 screens of 5,000 locations on one server',
  ),
  beatsPerCore: measured(4_351, 'questions a second one core answers', 'beats', '| 10,000  | 3321    | 0.76  | 4351 '),
  kibPerScreen: measured(
    12.7,
    'KiB a screen',
    'live',
    'resident memory of each, KiB                     | 12.6           | 12.7 ',
  ),
  secondsToReturn: measured(
    11.2,
    'seconds until 10,000 screens are back',
    'live',
    'all back and whole after a cut, s                | 5.2            | 11.2 ',
  ),
  mibPerServer: measured(640, 'MiB a server at 1,000 updates a second', 'memory', '640 MiB (× 1.00)'),
  mibFilled: measured(3_340, 'MiB, the largest file measured', 'growth', '| grown    | 3340 '),
  backupMib: measured(1_019, 'MiB backed up', 'backup', '| 1019 | a backup  | 4670 '),
  backupMs: measured(4_670, 'milliseconds that this took', 'backup', '| 1019 | a backup  | 4670 '),
  useAtMost: assumed(
    0.5,
    'of what a part can do',
    'the busiest minute is above the hour’s mean, and a neighbour’s work must fit in',
  ),
  backupMinutes: assumed(10, 'minutes that a backup may take', 'it reads the disk that updates are written to'),

  // Several servers. What a processor does is measured of one core; networks and disks are not here.
  connectionsPerServer: set(12, 'connections a server holds to PostgreSQL', 'docs/operations.md', 'count 12.'),
  rowOverheadBytes: measured(
    89,
    'bytes PostgreSQL adds to a row, indexes included',
    'parts',
    '| bytes that are added to a row, indexes included | 89 ',
  ),
  spareRoom: assumed(
    1.3,
    '× the rows, for what was rewritten or removed',
    'autovacuum begins when a fifth of a table is dead',
  ),
  logBytesPerUpdate: measured(
    1_694,
    'bytes of write-ahead log an update',
    'parts',
    '| bytes of write-ahead log an update, alone       | 1694 ',
  ),
  transactionsPerCore: measured(
    925,
    'transactions of one update a second, a core of a primary',
    'parts',
    '| transactions of one update a second, a core     | 925 ',
  ),
  headsPerCore: measured(
    217_807,
    'heads read a second, a core of a primary',
    'parts',
    '| heads read a second, a core                     | 217807 ',
  ),
  restoreMibPerSecond: assumed(150, 'MiB a second of a restore', 'one network disk'),
  restoreMinutes: assumed(
    60,
    'minutes that a restore may take',
    'a standby takes over from a lost machine; a restore is for what a standby has copied, too',
  ),
  redisPerSecond: measured(
    927_855,
    'messages a second in and out of one Redis, by its core',
    'parts',
    '| Redis: messages in and out a second, a core     | 927855 ',
  ),
  redisMibPerSecond: assumed(100, 'MiB a second in and out of one Redis', 'a network of 1 Gbit/s'),
  locationsPerCell: assumed(10_000, 'locations a cell', 'a tenth of all is the most that one fault may take'),
} satisfies Record<string, Figure>

export type FigureName = keyof typeof figures

/** The figures' values, all in their units. */
export type Values = Record<FigureName, number>

export const figureNames = Object.keys(figures) as FigureName[]

export function valuesOf(others: Partial<Values> = {}): Values {
  const own = Object.fromEntries(figureNames.map((name) => [name, figures[name].value])) as Values
  return { ...own, ...others }
}
