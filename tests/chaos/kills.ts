/**
 * Chaos for the ingest: connections post simulated traffic while the server is killed at random moments and started
 * again. What got no answer is sent again until it gets one. Afterwards all that was answered must stand, and nothing
 * else: see `chaosOfKills`.
 */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { type Random, seededRandom } from '#domain/simulation/random.ts'
import { type SimulatedEvent, simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'
import { webhookPath } from '#server/http.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { type Row, stored } from '#tests/helpers/stored.ts'
import { assertWhole } from '#tests/helpers/whole.ts'

const locations = ['north', 'south', 'station']

export type KillsReport = {
  seed: number
  kills: number
  /** Updates answered 2xx. */
  answered: number
  /** Posts that got no answer, or 503, and were sent again. */
  sentAgain: number
  /** Of these, those that had been stored before their answer was lost. */
  storedUnanswered: number
  changes: number
}

type Answered = { body: string; outcome: string; seq: number; orderId: string | null }

type Options = { connections?: number; kills?: number; updates?: number }

/** @throws when something answered is missing, or something is stored wrongly; the message names the seed */
export async function chaosOfKills(
  seed: number,
  { connections = 16, kills = 4, updates = 1_200 }: Options = {},
): Promise<KillsReport> {
  const random = seededRandom(seed, 7)
  await using server = await serverProcess({ LOG_LEVEL: 'fatal' })
  const orders = ordersOf(seed, updates)
  const answered: Answered[] = []
  let sentAgain = 0
  let isUp: Promise<void> = Promise.resolve()

  /** Posts until it is answered 2xx; every other answer but 503 is a failure of the server. */
  async function post(agent: Agent, body: string): Promise<Answered> {
    for (;;) {
      await isUp
      const answer = await postOnce(server.url, server.token, agent, body)
      if (answer && answer.status !== 503) {
        assert.equal(answer.status, 200, `${answer.text} to ${body}`)
        const { outcome, seq, order } = JSON.parse(answer.text)
        return { body, outcome, seq, orderId: order?.provider_id ?? null }
      }
      sentAgain += 1
      if (!answer) await lost()
    }
  }

  /** A connection that broke: the server is gone, or about to be. */
  async function lost(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }

  async function connection(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let order = orders.shift(); order; order = orders.shift()) {
      let { orderKey } = order[0] as SimulatedEvent
      for (const event of order) {
        const one = await post(agent, JSON.stringify(withOrderId(event.body, orderKey)))
        if (one.orderId !== null) orderKey = one.orderId
        answered.push(one)
        onAnswered()
      }
    }
    agent.destroy()
  }

  // The kill comes at a random moment of the work that follows the so many-th answer.
  const killsAt = Array.from({ length: kills }, () => random.whole(1, updates - 1)).sort((one, other) => one - other)
  let killing: Promise<void> | null = null
  let killed = 0

  function onAnswered(): void {
    if (killing || killed >= kills || answered.length < (killsAt[killed] ?? 0)) return
    killed += 1
    killing = killAndStart(random).finally(() => {
      killing = null
    })
    isUp = killing
  }

  async function killAndStart(chance: Random): Promise<void> {
    await turns(chance.whole(0, 40))
    await server.stop('SIGKILL')
    // Now and then a start is killed too, at some moment.
    if (chance.chance(0.3)) {
      const starting = server.start().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, chance.whole(50, 1_500)))
      await server.stop('SIGKILL')
      await starting
    }
    await server.start()
  }

  await Promise.all(Array.from({ length: connections }, connection))
  if (killing) await killing
  await server.stop('SIGKILL')
  await server.start()

  try {
    const { databaseFile } = server
    assertWhole(databaseFile)
    const storedUnanswered = assertAnswered(databaseFile, answered)
    await assertBoards(server)
    const [changes] = stored(databaseFile, 'SELECT count(*) AS count FROM changes')
    return {
      seed,
      kills: killed,
      answered: answered.length,
      sentAgain,
      storedUnanswered,
      changes: Number(changes?.count),
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** The traffic by order: one order's updates are sent one after the other, as a patient sender does. */
function ordersOf(seed: number, updates: number): SimulatedEvent[][] {
  const orders = new Map<string, SimulatedEvent[]>()
  let count = 0
  for (const event of simulate({ seed, locations, startAt: Date.now(), ordersPerMinute: 2 })) {
    orders.set(event.orderKey, [...(orders.get(event.orderKey) ?? []), event])
    count += 1
    if (count === updates) break
  }
  return [...orders.values()]
}

/**
 * Every answer is a receipt, and a change where it says so; what is sent again right after it was stored is a repeat.
 * @returns how many receipts are of posts whose answer was lost
 */
function assertAnswered(databaseFile: string, answered: readonly Answered[]): number {
  const receiptsOf = new Map<unknown, Row[]>()
  const lastOf = new Map<string, Row>()
  const receipts = stored(databaseFile, 'SELECT * FROM receipts ORDER BY id')
  for (const row of receipts) {
    receiptsOf.set(row.body, [...(receiptsOf.get(row.body) ?? []), row])
    const order = JSON.stringify([row.location_id, row.order_id])
    const before = lastOf.get(order)
    if (before && before.body === row.body) {
      const expected =
        before.outcome === 'changed' && !isLate(databaseFile, before) ? ['repeated'] : ['repeated', 'late']
      assert.ok(expected.includes(String(row.outcome)), `said twice, and yet ${row.outcome}: ${row.body}`)
    }
    lastOf.set(order, row)
  }
  for (const { body, outcome, seq } of answered) {
    const own = receiptsOf.get(body)?.find((row) => row.outcome === outcome && row.seq === seq)
    assert.ok(own, `answered ${outcome} ${seq}, but not in the receipts: ${body}`)
    if (outcome === 'changed') assert.equal(changeOf(databaseFile, own)?.order_id, own.order_id, `a change of ${body}`)
  }
  return receipts.length - answered.length
}

function changeOf(databaseFile: string, { location_id, seq }: Row): Row | undefined {
  return stored(databaseFile, 'SELECT * FROM changes WHERE location_id = ? AND seq = ?', location_id, seq)[0]
}

/** Whether a change was told by an update that was old, but said something new. */
function isLate(databaseFile: string, receipt: Row): boolean {
  return JSON.parse(String(changeOf(databaseFile, receipt)?.facts)).late === true
}

/** The board over HTTP is the one that the orders make. */
async function assertBoards(server: Awaited<ReturnType<typeof serverProcess>>): Promise<void> {
  const { token } = await server.addScreen('kitchen', ...locations)
  for (const location of locations) {
    const response = await fetch(`${server.url}/api/locations/${location}/board`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const board = (await response.json()) as { seq: number; checksum: number; orders: { id: string; seq: number }[] }
    const [row] = stored(server.databaseFile, 'SELECT head, checksum FROM locations WHERE id = ?', location)
    assert.deepEqual([board.seq, board.checksum], [row?.head, Number(row?.checksum)])
    const onBoard = stored(
      server.databaseFile,
      'SELECT id, seq FROM orders WHERE location_id = ? AND left_seq IS NULL',
      location,
    )
    const byId = (one: Row, other: Row) => (String(one.id) < String(other.id) ? -1 : 1)
    assert.deepEqual(board.orders.map(({ id, seq }) => ({ id, seq })).sort(byId), onBoard.sort(byId))
  }
}

/** @returns null when there was no whole answer */
function postOnce(
  url: string,
  token: string,
  agent: Agent,
  body: string,
): Promise<{ status: number; text: string } | null> {
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    const asked = request(`${url}${webhookPath}`, { method: 'POST', headers, agent }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', () => resolve(null))
      response.on('close', () => {
        if (!response.complete) resolve(null)
        else resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() })
      })
    })
    asked.on('error', () => resolve(null))
    asked.end(body)
  })
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
