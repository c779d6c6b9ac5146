/** A Redis of its own for a test that does something to it, from the binary of this machine, installed if it is missing. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ensureRedis } from '#tests/debian.mjs'
import { ended, freePort } from './process.ts'

export type PrivateRedis = AsyncDisposable & {
  url: string
  /** Stops it from answering, its connections open; and lets it go on. */
  hang: () => void
  resume: () => void
  /** Ends it without a word, and starts another one in its place. */
  kill: () => Promise<void>
  start: () => Promise<void>
}

export async function privateRedis(): Promise<PrivateRedis> {
  ensureRedis()
  const port = await freePort()
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-redis-'))
  let child: ChildProcess

  async function start(): Promise<void> {
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
    child = spawn('redis-server', own, { stdio: ['ignore', 'pipe', 'inherit'] })
    process.once('exit', endNow)
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', (part: string) => {
        said += part
        if (said.includes('Ready to accept connections')) resolve()
      })
      child.once('exit', () => reject(new Error(`Redis did not start: ${said}`)))
    })
  }

  function endNow(): void {
    child.kill('SIGKILL')
  }

  async function kill(): Promise<void> {
    process.off('exit', endNow)
    await ended(child)
  }

  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
