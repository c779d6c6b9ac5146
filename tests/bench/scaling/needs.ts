/**
 * The arithmetic: what so many locations need in their busiest hour, and at how many locations each part ends. Pure;
 * seconds, bytes and MiB (2^20 bytes) unless a name says otherwise.
 */
import type { Values } from './figures.ts'

const mib = 1024 ** 2

export type Needs = {
  locations: number
  ordersPerHour: number
  updatesPerSecond: number
  /** All that goes through writers: updates, taps, what time does, people that are forgotten. */
  jobsPerSecond: number
  changesPerSecond: number
  openOrders: number
  screens: number
  messagesPerSecond: number
  mibToScreensPerSecond: number
  beatsPerSecond: number
  mibOfBeatsPerSecond: number
  serversForUpdates: number
  serversForScreens: number
  /** So many carry it; one more, where there are several, so that one may be missing. */
  servers: number
  serverMib: number
  /** Until the screens of a server that was lost are back and whole. */
  returnSeconds: number
  /** Of one server's share of the jobs. */
  jobsPerBatch: number
  batchesPerSecond: number
  /** Until the webhooks of an outage of ten minutes are taken, when they come again all at once. */
  catchUpSeconds: number
  /** None to the embedded one. */
  databaseConnections: number
  rowsPerSecond: number
  logMibPerSecond: number
  headsPerSecond: number
  /** What stands in the database after the longest time of keeping. */
  storedMib: number
  storedOfPeopleMib: number
  backupSeconds: number
  restoreMinutes: number
  redisInPerSecond: number
  /** Every server gets the digest of a change, and those that show its location the whole. */
  redisMibPerSecond: number
  cells: number
}

const ordersPerSecond = (v: Values, locations: number) => (locations * v.ordersPerDay * v.peakHourShare) / 3_600

/** Each order's people are forgotten a day later, in the same hour of the day. */
const jobsPerOrder = (v: Values) => v.updatesPerOrder + v.tapsPerOrder + v.timeChangesPerOrder + 1

/** Written on its day, to forget its people a day later, and to remove what is left of it at the end. */
const rowsWritten = (v: Values) => v.rowsWrittenPerOrder + v.rowsWrittenToForget + rowsKeptLater(v)

const rowsKeptLater = (v: Values) => v.rowsKeptPerOrder - v.peopleRowsPerOrder + 1

const serversFor = (amount: number, each: number) => Math.max(1, Math.ceil(amount / each))

/** Of one location: bytes in PostgreSQL, with what it adds, after the longest time of keeping. */
function storedBytes(v: Values): { all: number; ofPeople: number } {
  const daysWithPeople = v.keepPeopleHours / 24
  const whole = v.bytesKeptPerOrder + v.rowsKeptPerOrder * v.rowOverheadBytes
  const later = v.bytesKeptLater + rowsKeptLater(v) * v.rowOverheadBytes
  const days = whole * daysWithPeople + later * (v.keepFactsDays - daysWithPeople)
  return {
    all: v.ordersPerDay * days * v.spareRoom,
    ofPeople: v.ordersPerDay * daysWithPeople * (whole - later) * v.spareRoom,
  }
}

/**
 * How long a batch takes until it is on disk: a fixed time and one for each job, from two measurements: one update after
 * the other, and as many at once as connections.
 */
export function commitMs(v: Values, jobs: number): number {
  const alone = 1_000 / v.updatesOneByOne
  const together = (1_000 * v.connections) / v.updatesPerSecond
  const each = (together - alone) / (v.connections - 1)
  return alone - each + each * jobs
}

/**
 * Jobs that come while a batch is committed form the next one. With jobs that come at random, so many of them, m, that
 * m = rate × the time of a batch; if none came, the next batch is the next job alone: m + e^-m.
 * @returns the mean number of jobs in a batch, when `rate` of them come a second; infinite when they cannot be taken
 */
export function jobsPerBatch(v: Values, rate: number): number {
  let jobs = 1
  for (let turn = 0; turn < 10_000; turn += 1) {
    const coming = (rate * commitMs(v, jobs)) / 1_000
    const next = coming + Math.exp(-coming)
    if (Math.abs(next - jobs) < 1e-9) return next
    if (next > 1e6) return Number.POSITIVE_INFINITY
    jobs = next
  }
  return jobs
}

/** So many that their screens use a server as far as it may be. */
export const locationsOfServer = (v: Values) => Math.min(byScreens(v), byBeats(v))

const byScreens = (v: Values) => (v.screensPerServer * v.useAtMost) / v.screensPerLocation

/** Its one main thread answers them. */
const byBeats = (v: Values) => ((v.beatsPerCore * v.useAtMost) / v.screensPerLocation) * (v.beatEveryMs / 1_000)

export function needsOf(v: Values, locations: number): Needs {
  const orders = ordersPerSecond(v, locations)
  const jobs = orders * jobsPerOrder(v)
  const changes = orders * (v.changesPerOrder + 1)
  const screens = locations * v.screensPerLocation
  const beats = (screens * 1_000) / v.beatEveryMs
  const serversForUpdates = serversFor(jobs, v.updatesPerSecond * v.useAtMost)
  const serversForScreens = serversFor(locations, locationsOfServer(v))
  const carrying = Math.max(serversForUpdates, serversForScreens)
  const inBatch = jobsPerBatch(v, jobs / carrying)
  const stored = storedBytes(v)
  const storedMib = (locations * stored.all) / mib
  const servers = carrying === 1 ? 1 : carrying + 1
  /** So many servers besides the one that stores a change show it, when each screen is at any of them. */
  const shownBy = (servers - 1) * (1 - (1 - 1 / servers) ** v.screensPerLocation)
  return {
    locations,
    ordersPerHour: orders * 3_600,
    updatesPerSecond: orders * v.updatesPerOrder,
    jobsPerSecond: jobs,
    changesPerSecond: changes,
    openOrders: orders * 60 * v.minutesOnBoard,
    screens,
    messagesPerSecond: changes * v.screensPerLocation,
    mibToScreensPerSecond: (changes * v.screensPerLocation * v.staffMessageBytes) / mib,
    beatsPerSecond: beats,
    mibOfBeatsPerSecond: (beats * v.beatBytes) / mib,
    serversForUpdates,
    serversForScreens,
    servers,
    serverMib: v.mibPerServer + (screens / carrying / 1024) * v.kibPerScreen,
    returnSeconds: (screens / carrying / v.screensPerServer) * v.secondsToReturn,
    jobsPerBatch: inBatch,
    batchesPerSecond: jobs / inBatch,
    catchUpSeconds: (orders * v.updatesPerOrder * 600) / (carrying * v.updatesPerSecond - jobs),
    rowsPerSecond: orders * rowsWritten(v),
    databaseConnections: servers === 1 ? 0 : servers * v.connectionsPerServer,
    logMibPerSecond: (jobs * v.logBytesPerUpdate) / mib,
    headsPerSecond: beats,
    storedMib,
    storedOfPeopleMib: (locations * stored.ofPeople) / mib,
    backupSeconds: (storedMib * v.backupMs) / v.backupMib / 1_000,
    restoreMinutes: storedMib / v.restoreMibPerSecond / 60,
    redisInPerSecond: servers === 1 ? 0 : changes * (1 + shownBy),
    redisMibPerSecond:
      servers === 1 ? 0 : (changes * (v.digestBytes * (1 + servers) + v.toldBytes * 2 * shownBy)) / mib,
    cells: serversFor(locations, v.locationsPerCell),
  }
}

export type Limit = {
  what: string
  of: 'one server' | 'one primary' | 'one core of a primary' | 'one Redis'
  /** At so many locations it is used as far as it may be. */
  locations: number
  isMeasured: boolean
}

/** Where each part ends, the first one first. */
export function limitsOf(v: Values): Limit[] {
  const one = needsOf(v, 1)
  const changesOfOne = one.changesPerSecond
  const serversOfOne = Math.max(1 / locationsOfServer(v), one.jobsPerSecond / (v.updatesPerSecond * v.useAtMost))
  /**
   * A digest, in once, and out to every server, of which there are more the more locations there are; the whole, in and
   * out for each screen of its location: x·c·(d·(1 + x·s) + w) = limit.
   */
  const ofRedis = (limit: number, digest: number, told: number) => {
    const [ofSquare, ofOne] = [digest * serversOfOne, digest + told * 2 * v.screensPerLocation]
    return (Math.sqrt(ofOne ** 2 + (4 * ofSquare * limit) / changesOfOne) - ofOne) / (2 * ofSquare)
  }
  const limits: Limit[] = [
    limit('screens', 'one server', byScreens(v), true),
    limit('questions of screens', 'one server', byBeats(v), true),
    limit('updates', 'one server', (v.updatesPerSecond * v.useAtMost) / one.jobsPerSecond, true),
    limit('the largest file that was measured', 'one server', v.mibFilled / one.storedMib, true),
    limit('a backup in time', 'one server', (v.backupMinutes * 60) / one.backupSeconds, true),
    limit(
      'transactions, of one update each',
      'one core of a primary',
      (v.transactionsPerCore * v.useAtMost) / one.jobsPerSecond,
      true,
    ),
    limit('heads read for beats', 'one core of a primary', (v.headsPerCore * v.useAtMost) / one.headsPerSecond, true),
    limit('a restore in time', 'one primary', v.restoreMinutes / one.restoreMinutes, false),
    limit('messages between servers', 'one Redis', ofRedis(v.redisPerSecond * v.useAtMost, 1, 1), true),
    limit(
      'bytes between servers',
      'one Redis',
      ofRedis(v.redisMibPerSecond * v.useAtMost * mib, v.digestBytes, v.toldBytes),
      false,
    ),
  ]
  return limits.toSorted((first, other) => first.locations - other.locations)
}

function limit(what: string, of: Limit['of'], locations: number, isMeasured: boolean): Limit {
  return { what, of, locations: Math.floor(locations), isMeasured }
}
