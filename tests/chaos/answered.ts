/** What senders were answered, and whether the database agrees: traffic by order, each sent until it is answered. */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { type SimulatedEvent, simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'
import { webhookPath } from '#server/http.ts'
import type { TestDatabase } from '#tests/helpers/databases.ts'
import type { Row } from '#tests/helpers/stored.ts'

export type Answered = { body: string; outcome: string; seq: number; orderId: string | null }

/** The traffic by order: one order's updates are sent one after the other, as a patient sender does. */
export function ordersOf(seed: number, updates: number, locations: readonly string[]): SimulatedEvent[][] {
  const orders = new Map<string, SimulatedEvent[]>()
  let count = 0
  for (const event of simulate({ seed, locations, startAt: Date.now(), ordersPerMinute: 2 })) {
    orders.set(event.orderKey, [...(orders.get(event.orderKey) ?? []), event])
    count += 1
    if (count === updates) break
  }
  return [...orders.values()]
}

type Sender = {
  /** Where to post, asked before each post. */
  target: () => Promise<{ url: string; token: string }>
  /** Each on a connection of its own, or all of an order on one. */
  keepAlive: boolean
  onAnswered: (answered: Answered) => void
  onSentAgain: () => void
}

/** Sends orders one after the other until none is left, each update until it is answered 2xx. */
export async function sendOrders(orders: SimulatedEvent[][], sender: Sender): Promise<void> {
  const agent = new Agent({ keepAlive: sender.keepAlive, maxSockets: 1 })

  async function post(body: string): Promise<Answered> {
    for (;;) {
      const { url, token } = await sender.target()
      const answer = await postOnce(url, token, agent, body)
      if (answer && answer.status !== 503) {
        // Every other answer is a failure of the server.
        assert.equal(answer.status, 200, `${answer.text} to ${body}`)
        const { outcome, seq, order } = JSON.parse(answer.text)
        return { body, outcome, seq, orderId: order?.provider_id ?? null }
      }
      sender.onSentAgain()
      // A connection that broke: the server is gone, or about to be.
      if (!answer) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  for (let order = orders.shift(); order; order = orders.shift()) {
    let { orderKey } = order[0] as SimulatedEvent
    for (const event of order) {
      const one = await post(JSON.stringify(withOrderId(event.body, orderKey)))
      if (one.orderId !== null) orderKey = one.orderId
      sender.onAnswered(one)
    }
  }
  agent.destroy()
}

/** Longer than a server takes to tell that it cannot store. */
const answerWithinMs = 4_000

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
    const late = setTimeout(() => asked.destroy(), answerWithinMs)
    asked.on('error', () => resolve(null)).on('close', () => clearTimeout(late))
    asked.end(body)
  })
}

type Read = Pick<TestDatabase, 'rows'>

/**
 * Every answer is a receipt, and a change where it says so; what is sent again right after it was stored is a repeat.
 * @returns how many receipts are of posts whose answer was lost
 */
export async function assertAnswered({ rows }: Read, answered: readonly Answered[]): Promise<number> {
  const changes = new Map<string, Row>()
  for (const row of await rows('SELECT location_id, seq, order_id, facts FROM changes')) {
    changes.set(JSON.stringify([row.location_id, Number(row.seq)]), row)
  }
  const changeOf = ({ location_id, seq }: Row) => changes.get(JSON.stringify([location_id, Number(seq)]))
  /** A change was told by an update that was old, but said something new. */
  const isLate = (receipt: Row) => JSON.parse(String(changeOf(receipt)?.facts)).late === true

  const receiptsOf = new Map<unknown, Row[]>()
  const lastOf = new Map<string, Row>()
  const receipts = await rows('SELECT * FROM receipts ORDER BY id')
  for (const row of receipts) {
    receiptsOf.set(row.body, [...(receiptsOf.get(row.body) ?? []), row])
    const order = JSON.stringify([row.location_id, row.order_id])
    const before = lastOf.get(order)
    if (before && before.body === row.body) {
      const expected = before.outcome === 'changed' && !isLate(before) ? ['repeated'] : ['repeated', 'late']
      assert.ok(expected.includes(String(row.outcome)), `said twice, and yet ${row.outcome}: ${row.body}`)
    }
    lastOf.set(order, row)
  }
  for (const { body, outcome, seq } of answered) {
    const own = receiptsOf.get(body)?.find((row) => row.outcome === outcome && Number(row.seq) === seq)
    assert.ok(own, `answered ${outcome} ${seq}, but not in the receipts: ${body}`)
    if (outcome === 'changed') assert.equal(changeOf(own)?.order_id, own.order_id, `a change of ${body}`)
  }
  return receipts.length - answered.length
}

/** The boards that a server gives over HTTP are those that the orders make. */
export async function assertBoards(
  read: Read,
  url: string,
  token: string,
  locations: readonly string[],
): Promise<void> {
  for (const location of locations) {
    let isOfOneMoment = false
    while (!isOfOneMoment) isOfOneMoment = await assertBoard(read, url, token, location)
  }
}

/** @returns false when something changed meanwhile: nobody sends any more, but time goes on to take orders off boards */
async function assertBoard({ rows }: Read, url: string, token: string, location: string): Promise<boolean> {
  const headOf = async () => {
    const [row] = await rows('SELECT head, checksum FROM locations WHERE id = ?', location)
    return [Number(row?.head), Number(row?.checksum)]
  }
  const head = await headOf()
  const response = await fetch(`${url}/api/locations/${location}/board`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const board = (await response.json()) as { seq: number; checksum: number; orders: { id: string; seq: number }[] }
  const onBoard = await rows('SELECT id, seq FROM orders WHERE location_id = ? AND left_seq IS NULL', location)
  if ((await headOf())[0] !== head[0]) return false
  assert.deepEqual([board.seq, board.checksum], head)
  const byId = (one: Row, other: Row) => (String(one.id) < String(other.id) ? -1 : 1)
  assert.deepEqual(board.orders.map(({ id, seq }) => ({ id, seq })).sort(byId), onBoard.sort(byId))
  return true
}
