/** `npm run chaos -- NAME [--seeds N] [--from N]`: what `npm test` runs for a few seeds, for many; as a table. */
import { parseArgs } from 'node:util'
import { table } from '#tests/bench/report.ts'
import { chaosOfCluster } from './cluster.ts'
import { fuzz } from './fuzz.ts'
import { chaosOfKills } from './kills.ts'
import { lastMile } from './last-mile.ts'

const chaoses: Record<string, (seed: number) => Promise<Record<string, number>>> = {
  kills: chaosOfKills,
  cluster: chaosOfCluster,
  fuzz,
  'last-mile': lastMile,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '100' }, from: { type: 'string', default: '1' } },
})
const [name = ''] = positionals
const chaos = chaoses[name]
if (!chaos) {
  console.error(`There is no chaos ${name}. There are: ${Object.keys(chaoses).join(', ')}`)
  process.exit(2)
}

const reports: Record<string, number>[] = []
const failures: string[] = []
const [from, count] = [Number(values.from), Number(values.seeds)]
for (let seed = from; seed < from + count; seed += 1) {
  try {
    reports.push(await chaos(seed))
    console.error(JSON.stringify(reports.at(-1)))
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error))
    console.error(failures.at(-1))
  }
}
const figures = Object.keys(reports[0] ?? {}).filter((figure) => figure !== 'seed')
/** The longest of what is the slowest, the sum of what is counted. */
const sum = (figure: string) => {
  const all = reports.map((report) => report[figure] ?? 0)
  return figure.startsWith('slowest') ? Math.max(...all) : all.reduce((one, other) => one + other, 0)
}
console.log(
  table(
    ['seeds', 'failed', ...figures],
    [[`${from}–${from + count - 1}`, String(failures.length), ...figures.map((figure) => String(sum(figure)))]],
  ),
)
process.exit(failures.length === 0 ? 0 : 1)
