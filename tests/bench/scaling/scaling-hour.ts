/**
 * `npm run bench -- scaling-hour`: simulates the busiest hour of 100,000 locations in virtual time, server after server,
 * and says how far the figures of the arithmetic are off; it fails when one is off by more than it may be.
 */
import { addCounts, nothingCounted } from './counts.ts'
import { simulateHour } from './hour.ts'
import { commitMs, locationsOfServer } from './needs.ts'
import { parse } from './scaling.ts'
import { check, hourTable, verdictTable } from './verdict.ts'

/** @param parameters `--locations 10000` instead of 100,000, and figures by their options */
export function benchScalingHour(parameters: readonly string[]): void {
  const { values, locations: asked } = parse(parameters)
  const all = asked[0] ?? 100_000
  const servers = Math.ceil(all / locationsOfServer(values))
  const locations = Math.round(all / servers)
  const ordersPerHour = values.ordersPerDay * values.peakHourShare
  const counts = nothingCounted()
  for (let server = 0; server < servers; server += 1) {
    const startedAt = performance.now()
    addCounts(counts, simulateHour({ server, locations, ordersPerHour, commitMs: (jobs) => commitMs(values, jobs) }))
    const seconds = (performance.now() - startedAt) / 1_000
    const held = process.memoryUsage().rss / 1024 ** 2
    console.error(`server ${server + 1} of ${servers}: ${seconds.toFixed(0)} s, ${held.toFixed(0)} MiB held`)
  }
  console.log(`${hourTable(counts)}\n`)
  const checked = check(values, counts, servers)
  console.log(verdictTable(checked))
  const off = checked.filter(({ holds }) => !holds)
  if (off.length === 0) return
  console.error(`\n${off.length} of ${checked.length} do not hold`)
  process.exitCode = 1
}
