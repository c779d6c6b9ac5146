/**
 * The screens of the live benchmark, a process of its own: reads what to do from the parent, line by line, and answers
 * each with a line. `open`: so many screens; `beats`: every screen asks what is true, again and again; `latency`: posts at
 * a rate, and tells how long each change took to every socket; `cut`: breaks all lines at once and comes back with the
 * cursors, and tells how long until all are whole.
 */
import { createInterface } from 'node:readline'
import { openScreen } from './wire.mjs'

const webhook = '/api/webhooks/stream'
let screens = []
let tokens = []
let isBare = false
let url = ''
const sentAt = new Map()
let latencies = []
let numbered = 0
/** As long as a screen waits for its line: what it begins with, then what the server says. */
let lineWithinMs = 0
/** How many lines were given up since all were cut. */
let givenUp = 0

function onChange(text) {
  if (sentAt.size === 0) return
  const at = performance.now()
  const id = /measured-\d+/.exec(text)?.[0]
  const sent = id && sentAt.get(id)
  if (sent) latencies.push(at - sent)
}

const commands = {
  async open(asked) {
    ;({ url, tokens, isBare, lineWithinMs } = asked)
    screens = await openAll()
    if (!isBare) await inTurns(screens, (screen) => screen.follow({}).then((answer) => noteCursors(screen, answer)))
    if (asked.beats) {
      await inTurns(screens, async (screen) => {
        ;({ lineWithinMs } = await screen.beat(beatOf(screen)))
      })
    }
    return { open: screens.length }
  },
  async latency({ rate, seconds, locations, token }) {
    latencies = []
    sentAt.clear()
    const count = rate * seconds
    const begun = performance.now()
    const posts = []
    for (let number = 0; number < count; number += 1, numbered += 1) {
      const wait = begun + (number * 1_000) / rate - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      posts.push(post(`measured-${numbered}`, locations[number % locations.length], token))
    }
    await Promise.all(posts)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    latencies.sort((one, other) => one - other)
    const share = (part) => latencies[Math.floor(latencies.length * part)] ?? null
    return { heard: latencies.length, p50: share(0.5), p99: share(0.99) }
  },
  /** Every screen asks every three seconds, each at a moment of its own. */
  async beats({ seconds }) {
    const everyMs = 3_000
    const until = performance.now() + seconds * 1_000
    const took = []
    await Promise.all(
      screens.map(async (screen, index) => {
        let next = performance.now() + (index * everyMs) / screens.length
        for (; next < until; next = Math.max(next + everyMs, performance.now())) {
          await new Promise((resolve) => setTimeout(resolve, next - performance.now()))
          const askedAt = performance.now()
          await screen.beat(beatOf(screen))
          took.push(performance.now() - askedAt)
        }
      }),
    )
    took.sort((one, other) => one - other)
    const share = (part) => took[Math.floor(took.length * part)] ?? null
    return { beats: took.length, p50: share(0.5), p99: share(0.99) }
  },
  async cut() {
    const cursors = screens.map((screen) => screen.cursors)
    for (const screen of screens) screen.cut()
    givenUp = 0
    const begun = performance.now()
    screens = await openAll(true, async (screen, index) => {
      const answer = await screen.follow(cursors[index] ?? {})
      noteCursors(screen, answer)
    })
    return { open: screens.length, seconds: (performance.now() - begun) / 1_000, givenUp }
  },
  async close() {
    for (const screen of screens) screen.cut()
    setTimeout(() => process.exit(0), 100)
    return {}
  },
}

/** All at once, or a few hundred at a time; who is refused comes again. */
async function openAll(isAtOnce = false, then = async () => {}) {
  const opened = []
  const open = async (token, index) => {
    for (;;) {
      try {
        const screen = await openScreen(url, token, onChange, { isBare, lineWithinMs })
        await then(screen, index)
        opened[index] = screen
        return
      } catch {
        givenUp += 1
        await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 700))
      }
    }
  }
  if (isAtOnce) await Promise.all(tokens.map(open))
  else
    for (let from = 0; from < tokens.length; from += 200) {
      await Promise.all(tokens.slice(from, from + 200).map((token, index) => open(token, from + index)))
    }
  return opened
}

async function inTurns(list, work) {
  for (let from = 0; from < list.length; from += 200) await Promise.all(list.slice(from, from + 200).map(work))
}

function noteCursors(screen, answer) {
  screen.cursors = Object.fromEntries(Object.entries(answer ?? {}).map(([id, { epoch, seq }]) => [id, { epoch, seq }]))
}

function beatOf({ cursors = {} }) {
  return { n: 1, positions: cursors, painted: {}, hidden: 0, sound: 'on', build: 'bench' }
}

async function post(orderId, location, token) {
  const body = JSON.stringify({
    type: 'order.updated',
    object: { location_id: location, order_id: orderId, status: 'in_progress' },
  })
  const address = isBare ? url : `${url}${webhook}`
  sentAt.set(orderId, performance.now())
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  })
  await response.arrayBuffer()
}

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...asked } = JSON.parse(line)
  console.log(JSON.stringify(await commands[command](asked)))
}
