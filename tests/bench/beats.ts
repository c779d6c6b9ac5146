/**
 * What it costs that every screen asks every three seconds what is true: the processor that a server spends on so many
 * screens that do nothing else, and how long they wait for the answer.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { workedMsOf } from '#tests/helpers/process.ts'
import { crowdOf } from './crowd.ts'
import { ours } from './ingest.ts'
import { crowdLocations, prepareScreens } from './live.ts'
import { table } from './report.ts'

/** @param crowds how many screens, in turn; two of each location from 10,000 on */
export async function benchBeats({ crowds = [1_000, 5_000, 10_000], seconds = 24, warmUpSeconds = 6 } = {}) {
  const rows: string[][] = []
  for (const screens of crowds) {
    const scratch = mkdtempSync(path.join(tmpdir(), 'passline-beats-'))
    const file = path.join(scratch, 'passline.db')
    const tokens = await prepareScreens(file, screens, crowdLocations)
    const server = await ours(file)
    const clients = crowdOf()
    try {
      await clients.ask({ command: 'open', url: new URL(server.url).origin, tokens })
      await clients.ask({ command: 'beats', seconds: warmUpSeconds })
      const [workedMs, startedAt] = [workedMsOf(server.pid), performance.now()]
      const { beats, p50, p99 } = await clients.ask({ command: 'beats', seconds })
      const tookMs = performance.now() - startedAt
      const cores = (workedMsOf(server.pid) - workedMs) / tookMs
      const perSecond = (Number(beats) / tookMs) * 1_000
      rows.push([
        screens.toLocaleString('en-US'),
        perSecond.toFixed(0),
        cores.toFixed(2),
        (perSecond / cores).toFixed(0),
        Number(p50).toFixed(1),
        Number(p99).toFixed(1),
      ])
    } finally {
      await clients.end()
      await server.stop()
      rmSync(scratch, { recursive: true, force: true })
    }
  }
  console.log(table(['screens', 'beats/s', 'cores', 'beats/s a core', 'p50 ms', 'p99 ms'], rows))
}
