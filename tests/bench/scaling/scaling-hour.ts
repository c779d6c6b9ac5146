/**
 * `npm run bench -- scaling-hour`: simulates the busiest hour of 100,000 locations, cell after cell, and says how far the
 * figures of the arithmetic are off; it fails when one is off by more than it may be.
 */
import { addCounts, nothingCounted } from './counts.ts'
import { simulateHour } from './hour.ts'
import { commitMs } from './needs.ts'
import { parse } from './scaling.ts'
import { check, hourTable, verdictTable } from './verdict.ts'

/** @param parameters `--locations 10000` instead of 100,000, and figures by their options */
export function benchScalingHour(parameters: readonly string[]): void {
  const { values, locations } = parse(parameters)
  const all = parameters.includes('--locations') ? Math.max(...locations) : 100_000
  const inCell = Math.min(all, values.locationsPerCell)
  const cells = Math.round(all / inCell)
  const counts = nothingCounted()
  for (let cell = 0; cell < cells; cell += 1) {
    const startedAt = performance.now()
    addCounts(
      counts,
      simulateHour({
        cell,
        locations: inCell,
        ordersPerHour: values.ordersPerDay * values.peakHourShare,
        commitMs: (jobs) => commitMs(values, jobs),
      }),
    )
    const seconds = (performance.now() - startedAt) / 1_000
    const held = process.memoryUsage().rss / 1024 ** 2
    console.error(`cell ${cell + 1} of ${cells}: ${seconds.toFixed(0)} s, ${held.toFixed(0)} MiB held`)
  }
  console.log(`${hourTable(counts)}\n`)
  const checked = check(values, counts, cells)
  console.log(verdictTable(checked))
  const off = checked.filter(({ holds }) => !holds)
  if (off.length === 0) return
  console.error(`\n${off.length} of ${checked.length} do not hold`)
  process.exitCode = 1
}
