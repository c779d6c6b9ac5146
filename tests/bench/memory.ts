/**
 * Whether memory grows under load: what the server holds after one minute of a steady rate, and after ten. It rises until
 * garbage is collected, and falls: what one moment tells is how long ago that was. So each is the mean of the minute then.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
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
    await wait(60_000)
    let first = Number.NaN
    for (let minute = 1; minute <= minutes; minute += 1) {
      const held: number[] = []
      for (let second = 0; second < 60; second += 1) {
        await wait(1_000)
        held.push(heldKiB(pid) / 1024)
      }
      const mean = held.reduce((sum, one) => sum + one, 0) / held.length
      if (minute === 1) first = mean
      const text = await (await fetch(`${new URL(url).origin}/api/metrics`)).text()
      const figure = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
      const updates = [...text.matchAll(/^passline_updates_total\{.*\} (\d+)/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      )
      const heap = figure('passline_nodejs_heap_size_used_bytes') / 1024 ** 2
      const range = `${Math.min(...held).toFixed(0)} to ${Math.max(...held).toFixed(0)}`
      rows.push([String(minute), String(updates), mean.toFixed(0), (mean / first).toFixed(2), range, heap.toFixed(0)])
      console.error(rows.at(-1)?.join('  '))
    }
  } finally {
    load.kill()
    await stop()
    rmSync(scratch, { recursive: true, force: true })
  }
  console.log(table(['after minutes', 'updates', 'MiB held', '× the first', 'from and to', 'heap MiB'], rows))
}
