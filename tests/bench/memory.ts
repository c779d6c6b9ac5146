/** Whether memory grows under load: what the server holds each minute, for ten minutes of a steady rate. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { heldKiB } from '#tests/helpers/process.ts'
import { ours, token } from './ingest.ts'
import { table } from './report.ts'

export async function benchMemory({ minutes = 10, rate = 1_000 } = {}): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'passline-memory-'))
  const { url, pid, stop } = await ours(path.join(scratch, 'passline.db'))
  const load = spawn(
    process.execPath,
    [
      'build/passline.mjs',
      'simulate',
      '--url',
      new URL(url).origin,
      '--token',
      token,
      '--locations',
      '200',
      '--rate',
      String(rate),
    ],
    { stdio: 'ignore' },
  )
  const rows: string[][] = []
  try {
    let first = Number.NaN
    for (let minute = 1; minute <= minutes; minute += 1) {
      await new Promise((resolve) => setTimeout(resolve, 60_000))
      const held = heldKiB(pid) / 1024
      if (minute === 1) first = held
      const text = await (await fetch(`${new URL(url).origin}/api/metrics`)).text()
      const figure = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
      const updates = [...text.matchAll(/^passline_updates_total\{.*\} (\d+)/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      )
      const heap = figure('passline_nodejs_heap_size_used_bytes') / 1024 ** 2
      rows.push([String(minute), String(updates), held.toFixed(0), (held / first).toFixed(2), heap.toFixed(0)])
      console.error(rows.at(-1)?.join('  '))
    }
  } finally {
    load.kill()
    await stop()
    rmSync(scratch, { recursive: true, force: true })
  }
  console.log(table(['minute', 'updates', 'MiB held', '× first minute', 'heap MiB'], rows))
}
