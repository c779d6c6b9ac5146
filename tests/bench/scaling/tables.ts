/** The figures and what follows from them as the tables that stand in docs/scaling.md. */
import { table } from '../report.ts'
import { type Figure, figureNames, figures, type Source, type Values } from './figures.ts'
import { limitsOf, type Needs, needsOf } from './needs.ts'

export const sizes = [1, 1_000, 100_000] as const

/** The tables, each under the name that marks its place in the document. */
export function tablesOf(values: Values, locations: readonly number[] = sizes): Record<string, string> {
  const needs = locations.map((count) => needsOf(values, count))
  return {
    traffic: needsTable(needs, traffic),
    servers: needsTable(needs, servers),
    database: needsTable(needs, database),
    limits: limitsTable(values),
    cell: needsTable([needsOf(values, values.locationsPerCell)], [...traffic, ...servers, ...database]),
    measured: figuresTable(values, 'measured'),
    simulated: figuresTable(values, 'simulated'),
    assumed: figuresTable(values, 'assumed'),
    set: figuresTable(values, 'set'),
  }
}

/** A document with each of these tables at its mark: `<!-- name -->`, an empty line, the table. */
export function withTables(text: string, tables: Readonly<Record<string, string>>): string {
  return text.replace(/(?<=<!-- (\w+) -->\n\n)(?:\|.*\n)+/g, (rows, name: string) =>
    tables[name] === undefined ? rows : `${tables[name]}\n`,
  )
}

/** The marks of a document, in their order. */
export const marksOf = (text: string) => [...text.matchAll(/<!-- (\w+) -->\n\n\|/g)].map(([, name = '']) => name)

type Line = readonly [what: string, figure: (needs: Needs) => string]

const gib = (mib: number) => `${shown(mib / 1024)} GiB`
const size = (mib: number) =>
  mib < 1024 ? `${shown(mib)} MiB` : mib < 1024 ** 2 ? gib(mib) : `${shown(mib / 1024 ** 2)} TiB`
const time = (seconds: number) =>
  seconds < 120 ? `${shown(seconds)} s` : seconds < 7_200 ? `${shown(seconds / 60)} min` : `${shown(seconds / 3_600)} h`

const traffic: readonly Line[] = [
  ['orders in the hour', (one) => shown(one.ordersPerHour)],
  ['open orders', (one) => shown(one.openOrders)],
  ['webhooks a second', (one) => shown(one.updatesPerSecond)],
  ['to be written a second, with taps, time and forgetting', (one) => shown(one.jobsPerSecond)],
  ['changes a second', (one) => shown(one.changesPerSecond)],
  ['screens', (one) => shown(one.screens)],
  ['messages to screens a second', (one) => shown(one.messagesPerSecond)],
  ['these, a second', (one) => size(one.mibToScreensPerSecond)],
  ['questions of screens (beats) a second', (one) => shown(one.beatsPerSecond)],
  ['these and their answers, a second', (one) => size(one.mibOfBeatsPerSecond)],
]

const servers: readonly Line[] = [
  ['servers for the updates', (one) => shown(one.serversForUpdates)],
  ['servers for the screens', (one) => shown(one.serversForScreens)],
  ['servers, one of several may be missing', (one) => shown(one.servers)],
  ['memory of a server with its screens', (one) => size(one.serverMib)],
  ['until the screens of a lost server are back', (one) => time(one.returnSeconds)],
  ['updates in a batch', (one) => shown(one.jobsPerBatch)],
  ['transactions a second', (one) => shown(one.batchesPerSecond)],
  ['to take what came in ten minutes without storing', (one) => time(one.catchUpSeconds)],
  ['connections to PostgreSQL', (one) => shown(one.databaseConnections)],
  ['Redis: published a second', (one) => shown(one.redisInPerSecond)],
  ['Redis: in and out a second', (one) => size(one.redisMibPerSecond)],
]

const database: readonly Line[] = [
  ['rows written a second', (one) => shown(one.rowsPerSecond)],
  ['write-ahead log a second', (one) => size(one.logMibPerSecond)],
  ['heads read a second', (one) => shown(one.headsPerSecond)],
  ['stored, of all days', (one) => size(one.storedMib)],
  ['of it people’s, of one day', (one) => size(one.storedOfPeopleMib)],
  ['a backup of all, as measured for SQLite', (one) => time(one.backupSeconds)],
  ['a restore of all, as assumed', (one) => time(one.restoreMinutes * 60)],
]

function needsTable(needs: readonly Needs[], lines: readonly Line[]): string {
  const head = [
    'in the busiest hour',
    ...needs.map(({ locations }) => `${shown(locations)} ${locations === 1 ? 'location' : 'locations'}`),
  ]
  return table(
    head,
    lines.map(([what, figure]) => [what, ...needs.map(figure)]),
  )
}

function limitsTable(values: Values): string {
  const rows = limitsOf(values).map(({ what, of, locations, isMeasured }) => [
    shown(locations),
    of,
    what,
    isMeasured ? 'measured' : '*assumed*',
  ])
  return table(['at locations', 'of', 'ends', 'what it can do is'], rows)
}

function figuresTable(values: Values, kind: Source['kind']): string {
  const rows = figureNames
    .filter((name) => figures[name].source.kind === kind)
    .map((name) => [`\`--${optionOf(name)}\``, shown(values[name]), figures[name].unit, sourceOf(figures[name])])
  return table(['option', 'figure', 'unit', titles[kind]], rows)
}

const titles: Record<Source['kind'], string> = {
  measured: 'measured by',
  simulated: 'may be off by',
  set: 'is set in',
  assumed: 'because',
}

function sourceOf({ source }: Figure): string {
  switch (source.kind) {
    case 'measured':
      return `\`${source.with}\``
    case 'simulated':
      return `${Math.round(source.tolerance * 100)} %`
    case 'set':
      return `\`${source.file}\``
    case 'assumed':
      return source.because
    default:
      return source satisfies never
  }
}

/** As it is given on the command line. */
export function optionOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** A number to three figures, or whole when it is larger. */
export function shown(number: number): string {
  if (!Number.isFinite(number)) return 'no end'
  const rounded = Math.abs(number) >= 100 ? Math.round(number) : Number(number.toPrecision(3))
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 6 })
}
