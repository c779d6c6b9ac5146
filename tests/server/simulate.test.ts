import assert from 'node:assert/strict'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { simulate } from '#domain/simulation/simulation.ts'
import type { WebhookBody } from '#domain/simulation/webhook-body.ts'
import type { SimulateOptions } from '#server/cli/simulate.ts'
import { paceFor, run, simulateCommand } from '#server/cli/simulate.ts'

/** Fast enough that hundreds of bodies come within a blink. */
const rate = 2_000

test('later updates carry the id that the receiver gave to the created order', async () => {
  await using receiver = await testReceiver()
  await play(receiver, 600)
  const given = new Map(
    receiver.taken.flatMap(({ body }) => (body.type === 'order.created' ? [[givenId(body), body]] : [])),
  )
  const named = receiver.taken.filter(({ body }) => body.type !== 'order.created').map(({ body }) => nameIn(body))
  assert.ok(given.size > 20)
  assert.ok(named.filter((id) => given.has(id)).length > 100)
  const ownNames = new Set([...given.values()].map((body) => body.object.idempotency_key))
  assert.deepEqual(
    named.filter((id) => ownNames.has(id)),
    [],
  )
  assert.ok(
    named.some((id) => !given.has(id)),
    'orders that nobody announced keep an id of their own',
  )
})

test('the bodies of one order come one at a time and in the order of the simulation', async () => {
  await using receiver = await testReceiver({ answerAfterMs: 3 })
  await play(receiver, 600)
  assert.equal(receiver.overlaps, 0)
  const expected = new Map<string, string[]>()
  const events = simulate({ seed: 42, locations: ['one', 'two'], startAt: 1_000_000, ...paceFor(rate, 2) })
  for (let count = 0; count < 3_000; count += 1) {
    const { body, orderKey } = events.next().value
    const key = withoutTime(orderKey)
    expected.set(key, [...(expected.get(key) ?? []), wordsOf(body)])
  }
  const came = new Map<string, string[]>()
  for (const { body } of receiver.taken) {
    const key = withoutTime(
      body.type === 'order.created' ? body.object.idempotency_key : nameIn(body).replace('given:', ''),
    )
    came.set(key, [...(came.get(key) ?? []), wordsOf(body)])
  }
  assert.ok(came.size > 50)
  for (const [key, words] of came) assert.deepEqual(words, expected.get(key)?.slice(0, words.length), key)
})

test('the token, the path and the type of the content are as Stream sends them', async () => {
  await using receiver = await testReceiver()
  await play(receiver, 20)
  for (const { path, headers } of receiver.taken) {
    assert.equal(path, '/api/webhooks/stream')
    assert.equal(headers.authorization, 'Bearer secret')
    assert.equal(headers['content-type'], 'application/json')
  }
})

test('503 and a lost connection are tried again with the same body, and nothing overtakes it', async () => {
  let count = 0
  await using receiver = await testReceiver({
    answer: (response) => {
      count += 1
      if (count % 9 === 0) return void response.writeHead(503, { 'retry-after': '0' }).end('{}')
      if (count % 50 === 0) return void response.destroy()
      return 'take'
    },
  })
  const result = await play(receiver, 300)
  assert.ok(result.retried >= 30)
  assert.equal(result.failed, 0)
  assert.equal(receiver.overlaps, 0)
  const refusedOnce = receiver.turnedAway.filter((body) => receiver.taken.some((one) => one.text === body))
  assert.ok(refusedOnce.length >= receiver.turnedAway.length - 40, 'all but what was under way at the end')
})

test('an order that the receiver refuses is not spoken of again', async () => {
  await using receiver = await testReceiver({
    answer: (response, body) => {
      if (body.type === 'order.created') return void response.writeHead(400).end('{"posValidation":{}}')
      return 'take'
    },
  })
  const result = await play(receiver, 200)
  assert.ok(result.refused > 10)
  const refusedKeys = receiver.turnedAway.map((text) => JSON.parse(text).object.idempotency_key)
  assert.deepEqual(
    receiver.taken.filter(({ body }) => refusedKeys.includes(nameIn(body))),
    [],
  )
})

test('each answer is counted under its outcome', async () => {
  const outcomes = ['changed', 'repeated', 'late', 'ignored', undefined]
  let count = 0
  await using receiver = await testReceiver({ outcome: () => outcomes[count++ % outcomes.length] })
  const { sent, changed, repeated, late, ignored, accepted, refused, failed } = await play(receiver, 100)
  assert.equal(sent, receiver.taken.length)
  assert.equal(changed + repeated + late + ignored + accepted, sent)
  for (const counted of [changed, repeated, late, ignored, accepted]) assert.ok(counted >= Math.floor(sent / 5))
  assert.deepEqual({ refused, failed }, { refused: 0, failed: 0 })
})

test('open orders of a running service are sent at once, whatever the rate', async () => {
  await using receiver = await testReceiver()
  const result = await play(receiver, 40, { rate: 0.1, startMidService: true })
  assert.ok(result.sent >= 40 && result.seconds < 200, 'at the rate alone it takes 400 seconds')
})

test('the repeat of an announcement is word for word the same, times included', async () => {
  await using receiver = await testReceiver()
  await play(receiver, 1_500)
  const firstOf = new Map<string, WebhookBody>()
  for (const { body } of receiver.taken) {
    if (body.type !== 'order.created') continue
    const first = firstOf.get(body.object.idempotency_key)
    firstOf.set(body.object.idempotency_key, first ?? body)
    if (first?.type !== 'order.created') continue
    assert.deepEqual(
      [body.object.placed_at, body.object.requested_for],
      [first.object.placed_at, first.object.requested_for],
    )
  }
})

test('stories keep the pace of the rate: faster than life for few locations, quieter for many', () => {
  for (const [wanted, locations] of [
    [1, 1],
    [1, 50],
    [3_000, 100],
    [20, 1],
  ] as const) {
    // prettier-ignore
    const pace = paceFor(wanted, locations)
    assert.ok(pace.speed >= 1)
    const startAt = 0
    const ids = Array.from({ length: locations }, (_, index) => `location ${index}`)
    let count = 0
    let seconds = 0
    const warm = (200 * 60_000) / pace.speed
    for (const { at } of simulate({ seed: 4, locations: ids, startAt, ...pace })) {
      if (at < warm) continue
      count += 1
      seconds = (at - warm) / 1000
      if (count === 5_000) break
    }
    assert.ok(Math.abs(count / seconds / wanted - 1) < 0.15, `${count / seconds} instead of ${wanted}`)
  }
})

test('a wrong token or address ends the command as failed', async () => {
  for (const status of [401, 404, 302]) {
    await using receiver = await testReceiver({ answer: (response) => turnAway(response, status) })
    const result = await simulateCommand({ ...defaults(receiver), log: () => {} })
    assert.match(result.stoppedBecause ?? '', new RegExp(String(status)))
    assert.ok(result.refused >= 1)
  }
})

test('the command runs for the seconds it was given and prints one JSON object', async (context) => {
  await using receiver = await testReceiver()
  const printed = capture(context)
  const code = await run([
    '--url',
    receiver.url,
    '--token',
    'secret',
    '--for',
    '0.2',
    '--rate',
    '200',
    '--locations',
    '3',
    '--json',
  ])
  assert.equal(code, 0)
  const result = JSON.parse(printed.stdout())
  assert.equal(result.sent, receiver.taken.length)
  assert.equal(result.stoppedBecause, null)
  const locations = new Set(receiver.taken.map(({ body }) => body.object.location_id))
  assert.deepEqual([...locations].sort(), ['sim_location_1', 'sim_location_2', 'sim_location_3'])
})

test('a receiver that is never there ends the command as failed', async (context) => {
  const receiver = await testReceiver()
  await receiver[Symbol.asyncDispose]()
  const printed = capture(context)
  assert.equal(await run(['--url', receiver.url, '--token', 'secret', '--for', '0.3', '--rate', '50', '--json']), 1)
  assert.equal(JSON.parse(printed.stdout()).sent, 0)
})

test('misuse is told with the help, and help itself is no failure', async (context) => {
  const printed = capture(context)
  const url = ['--url', 'http://localhost:1']
  for (const args of [
    [],
    url,
    ['--url', 'nowhere', '--token', 'secret'],
    [...url, '--token', 'with space'],
    [...url, '--token', 'secret', '--rate', '0'],
    [...url, '--token', 'secret', '--rate', 'fast'],
    [...url, '--token', 'secret', '--locations', '1.5'],
    [...url, '--token', 'secret', '--seed', 'x'],
    [...url, '--token', 'secret', '--for', '-1'],
    [...url, '--token', 'secret', '--surprise'],
    [...url, '--token', 'secret', 'surprise'],
  ]) {
    assert.equal(await run(args), 2, args.join(' '))
  }
  assert.equal(printed.stdout(), '')
  assert.equal(await run(['--help']), 0)
  assert.match(printed.stdout(), /--locations N/)
})

type Taken = { path: string; headers: IncomingHttpHeaders; text: string; body: WebhookBody }

type Receiver = AsyncDisposable & {
  url: string
  taken: Taken[]
  turnedAway: string[]
  /** How often two bodies of one order were under way at once. */
  overlaps: number
  /** Settles when this many bodies were taken. */
  reached(count: number): Promise<void>
}

function turnAway(response: ServerResponse, status: number): undefined {
  response.writeHead(status).end()
}

/** A receiver that gives each created order the id `given:<its key>`; `answer` may answer in its place. */
async function testReceiver(
  options: {
    answer?: (response: ServerResponse, body: WebhookBody) => 'take' | undefined
    answerAfterMs?: number
    outcome?: () => string | undefined
  } = {},
): Promise<Receiver> {
  const underWay = new Set<string>()
  const waiting: { count: number; resolve: () => void }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const body = JSON.parse(text) as WebhookBody
    const id = body.type === 'order.created' ? givenId(body) : nameIn(body)
    if (underWay.has(id)) receiver.overlaps += 1
    underWay.add(id)
    if (options.answerAfterMs) await new Promise((resolve) => setTimeout(resolve, options.answerAfterMs))
    underWay.delete(id)
    if ((options.answer?.(response, body) ?? (options.answer ? 'turned away' : 'take')) === 'take') {
      receiver.taken.push({ path: request.url ?? '', headers: request.headers, text, body })
      const outcome = options.outcome ? options.outcome() : 'changed'
      const order = body.type === 'order.created' ? { order: { provider_id: id, prep_time_minutes: 15 } } : {}
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...order, outcome, seq: 1 }))
    } else {
      receiver.turnedAway.push(text)
    }
    for (const { count, resolve } of waiting) if (receiver.taken.length >= count) resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: [],
    turnedAway: [],
    overlaps: 0,
    reached: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}

function defaults(receiver: Receiver): SimulateOptions {
  return {
    url: receiver.url,
    token: 'secret',
    locations: ['one', 'two'],
    rate,
    seed: 42,
    startMidService: false,
    forSeconds: 60,
  }
}

/** Plays until the receiver has taken this many bodies. */
async function play(receiver: Receiver, count: number, options: Partial<SimulateOptions> = {}) {
  const enough = new AbortController()
  const played = simulateCommand({ ...defaults(receiver), ...options, signal: enough.signal })
  await Promise.race([receiver.reached(count), played])
  enough.abort()
  return await played
}

type CreatedBody = Extract<WebhookBody, { type: 'order.created' }>

const givenId = (body: CreatedBody) => `given:${body.object.idempotency_key}`

function nameIn(body: WebhookBody): string {
  if (body.type === 'order.updated') return body.object.order_id
  return body.type === 'order.canceled' ? body.object.provider_id : ''
}

/** An order's key begins with the platform and a number, the same for each start; its time is not. */
const withoutTime = (orderKey: string) => orderKey.slice(0, orderKey.lastIndexOf('_'))

function wordsOf(body: WebhookBody): string {
  if (body.type !== 'order.updated') return body.type
  const { status, delivery_status, driver_details } = body.object
  return JSON.stringify({ status, delivery_status, driver_details })
}

function capture(context: { after(fn: () => void): void }) {
  const writes = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    const original = process[stream].write
    process[stream].write = ((chunk: unknown, ...rest: never[]) => {
      // What the test runner itself writes comes as bytes.
      if (typeof chunk !== 'string') return original.call(process[stream], chunk as Uint8Array, ...rest)
      writes[stream] += chunk
      return true
    }) as typeof original
    context.after(() => {
      process[stream].write = original
    })
  }
  return { stdout: () => writes.stdout }
}
