/** A kill proves nothing about power loss, for the kernel's cache survives it: that the disk was asked is counted. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { send } from '#tests/helpers/send.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { updated } from '#tests/helpers/webhooks.ts'

/** Follows a process and its threads; resolves once it does. */
async function trace(pid: number, file: string): Promise<ChildProcess> {
  const tracer = spawn('strace', ['-f', '-y', '-e', 'trace=fsync,fdatasync', '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stderr = tracer.stderr
  if (!stderr) throw new Error('strace says nothing')
  for await (const said of stderr) if (String(said).includes('attached')) break
  return tracer
}

test('each committed batch asks the disk to keep the log', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-fsync-'))
  try {
    await using server = await serverProcess()
    const url = server.url.replace('localhost', '127.0.0.1')
    const headers = { authorization: `Bearer ${server.token}` }
    const batches = async () => {
      const { text } = await send(url, { method: 'GET', path: '/api/metrics' })
      return Number(/^passline_commit_seconds_count (\d+)$/m.exec(text)?.[1])
    }
    await send(url, { headers, body: JSON.stringify(updated('north', 'first')) })
    const before = await batches()
    const file = path.join(folder, 'trace')
    const tracer = await trace(server.child().pid ?? 0, file)
    // One after the other, and then many at once: batches of one, and of several.
    for (let number = 0; number < 20; number += 1) {
      await send(url, { headers, body: JSON.stringify(updated('north', `one ${number}`)) })
    }
    const many = Array.from({ length: 200 }, (_, number) =>
      send(url, { headers, body: JSON.stringify(updated('north', `many ${number}`)) }),
    )
    for (const { status } of await Promise.all(many)) assert.equal(status, 200)
    const committed = (await batches()) - before
    const ended = once(tracer, 'exit')
    tracer.kill('SIGINT')
    await ended
    const synced = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /f(data)?sync\(\d+<[^>]*passline\.db-wal>\)/.test(line)).length
    assert.ok(committed > 20 && committed < 220, `${committed} batches`)
    assert.ok(synced >= committed, `${synced} times for ${committed} batches`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
