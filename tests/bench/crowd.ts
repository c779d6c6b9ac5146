/** The screens of a benchmark, in a process of their own (crowd.mjs): as cheap as screens can be, so that the server is measured. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { leastLineWithinMs } from '#domain/patience.ts'
import { ended } from '#tests/helpers/process.ts'

export type Crowd = {
  ask: (asked: Record<string, unknown>) => Promise<Record<string, unknown>>
  end: () => Promise<void>
}

export function crowdOf(): Crowd {
  const child: ChildProcess = spawn(process.execPath, ['tests/bench/crowd.mjs'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: Interface = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const ask = async (asked: Record<string, unknown>) => {
    const answered = once(lines, 'line')
    child.stdin?.write(`${JSON.stringify({ lineWithinMs: leastLineWithinMs, ...asked })}\n`)
    const [line] = (await answered) as [string]
    return JSON.parse(line) as Record<string, unknown>
  }
  return {
    ask,
    end: () => ended(child),
  }
}
