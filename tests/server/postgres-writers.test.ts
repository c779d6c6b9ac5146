/** Several servers write to one database at once, and their connections are ended at random. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { postgresDatabase } from '#tests/helpers/databases.ts'
import { openSession } from '#tests/helpers/postgres.ts'
import { updated } from '#tests/helpers/webhooks.ts'
import { assertWholeContents, readContents } from '#tests/helpers/whole.ts'

const servers = 4
const orders = 100
const steps = ['pending', 'enroute_to_pickup', 'arrived_at_pickup', 'enroute_to_dropoff', 'completed']

/** Numbers from 0 to 1 that a seed tells. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Every step of every order, the steps of one order by different servers. */
function bodiesOf(server: number): string[] {
  const bodies: string[] = []
  for (let order = 0; order < orders; order += 1) {
    steps.forEach((delivery_status, step) => {
      if ((order + step) % servers !== server) return
      bodies.push(
        JSON.stringify(
          updated(`location ${order % 3}`, `order ${order}`, { delivery_status, mark: `${order}/${step}` }),
        ),
      )
    })
  }
  return bodies
}

function startSender(url: string, folder: string) {
  const words = ['--import=tsx', 'tests/helpers/update-sender.ts', url, folder]
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  return { child, lines, isOpen: once(lines, 'line'), ended: once(child, 'exit') }
}

test('four servers that write at once, their connections ended at random, leave no gap, no repeat and no lost update', async (t) => {
  const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 32))
  t.diagnostic(`TEST_SEED=${seed}`)
  const random = randomFrom(seed)
  await using place = await postgresDatabase()
  const folders = Array.from({ length: servers }, () => mkdtempSync(path.join(tmpdir(), 'passline-writers-')))
  const killer = await openSession(place.url)
  try {
    const senders = folders.map((folder) => startSender(place.url, folder))
    await Promise.all(senders.map(({ isOpen }) => isOpen))
    let ended = 0
    let told = 0
    const kills: Promise<void>[] = []
    /** Ends the connection of a batch that is under way, should there be one. */
    async function endOne(): Promise<void> {
      const { rowCount } = await killer.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'passline' AND state <> 'idle'
          ORDER BY md5(pid::text || $1) LIMIT 1`,
        [String(random())],
      )
      ended += rowCount ?? 0
    }
    for (const [number, { child, lines }] of senders.entries()) {
      lines.on('line', () => {
        told += 1
        if (random() < 0.15) kills.push(endOne())
      })
      child.stdin.write(`${JSON.stringify(bodiesOf(number))}\n`)
    }
    const codes = await Promise.all(senders.map(({ ended: exit }) => exit))
    await Promise.all(kills)
    assert.deepEqual(
      codes,
      Array.from({ length: servers }, () => [0, null]),
    )
    assert.ok(ended >= 5, `${ended} connections were ended in their work`)
    t.diagnostic(`${ended} connections were ended, ${told} answers were given`)

    const contents = await readContents(place)
    assertWholeContents(contents)
    const stored = new Set(contents.receipts.map(({ body }) => String(body)))
    const sent = Array.from({ length: servers }, (_, number) => bodiesOf(number)).flat()
    assert.equal(sent.length, orders * steps.length)
    assert.deepEqual(
      sent.filter((body) => !stored.has(body)),
      [],
      'what was answered is stored',
    )
    assert.equal(contents.orders.length, orders)
  } finally {
    await killer.end()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  }
})
