/**
 * A server's way of an update without its pages and its port, as a process of its own: it sends what it is given until
 * each is stored, as Stream does, and tells when it has come further.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { createLog } from '#server/log.ts'
import { createMetrics } from '#server/metrics.ts'
import { allowedPerMinute, createRateLimits } from '#server/rate-limit.ts'
import { createReceiveUpdate } from '#server/receive-update.ts'
import { createSigners } from '#server/signers.ts'
import { openStore } from '#server/store/store.ts'

/** How many are under way at a time. */
const atOnce = 8

const [, , databaseUrl = '', dataFolder = ''] = process.argv
const log = createLog('silent')
const metrics = createMetrics()
const store = await openStore({
  databaseUrl,
  dataFolder,
  secretKey: null,
  timeZone: 'UTC',
  now: Date.now,
  log,
  metrics,
  onCommitted: () => {},
})
const { replay } = createReceiveUpdate({
  credentials: store.credentials,
  failedAttempts: createRateLimits(null)('failed-authentications', allowedPerMinute.failedAuthentications),
  signers: createSigners(store.now),
  writer: store.writer,
  loop: { isBehind: () => false },
  metrics,
  onWebhook: () => {},
  now: store.now,
  log,
})
const lines = createInterface({ input: process.stdin })
process.stdout.write('open\n')
const [given] = (await once(lines, 'line')) as [string]
const bodies = JSON.parse(given) as string[]
const credential = { id: 'test', name: 'test', locations: null }

async function sendAll(): Promise<void> {
  for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) {
    for (;;) {
      const { status } = await replay(credential, Buffer.from(body))
      process.stdout.write(`${status}\n`)
      if (status < 300) break
    }
  }
}

await Promise.all(Array.from({ length: atOnce }, sendAll))
await store.close()
process.exit()
