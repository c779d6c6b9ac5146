/** `passline simulate`: plays restaurants against a receiver, over HTTP, as Stream would. */
import { parseArgs } from 'node:util'
import { defaultOrdersPerMinute, meanEventsPerOrder, simulate } from '#domain/simulation/simulation.ts'
import type { Poster } from './post-webhook.ts'
import { webhookPoster } from './post-webhook.ts'
import { sendInOrder } from './send-in-order.ts'

export type SimulateOptions = {
  /** Of the server, without the webhook's path. */
  url: string
  /** A webhook credential that may speak for all `locations`. */
  token: string
  /** Stream's location ids. */
  locations: readonly string[]
  /** Requests per second, the open orders at the start excepted. */
  rate: number
  seed: number
  /** Stops after this many seconds; without it, when `signal` says so. */
  forSeconds?: number
  signal?: AbortSignal
  /** Begins with the open orders of a running service, sent at once; by default with up to 20 locations. */
  startMidService?: boolean
  log?: (line: string) => void
}

/** Each event that got its last answer is in `sent`, and in one of the six after it. */
export type SimulationCounters = {
  sent: number
  changed: number
  repeated: number
  late: number
  ignored: number
  /** Answered with neither 2xx nor a reason to try again. */
  refused: number
  /** Accepted without an outcome that we know. */
  accepted: number
  /** Tried again after 429, 5xx, a timeout or a lost connection. */
  retried: number
  /** Given up after the last try. */
  failed: number
}

export type SimulationResult = SimulationCounters & { seconds: number; stoppedBecause: string | null }

const midServiceLocations = 20
const progressEveryMs = 10_000

/**
 * How fast stories are told, and how many, for `rate` requests a second. Restaurants are as busy as in life and
 * time is compressed; too low a rate for that makes them quieter, for nothing should be told slower than life.
 */
export function paceFor(rate: number, locationCount: number): { speed: number; ordersPerMinute: number } {
  const busyRate = (locationCount * defaultOrdersPerMinute * meanEventsPerOrder) / 60
  const speed = Math.min(Math.max(rate / busyRate, 1), fastestSpeed)
  return { speed, ordersPerMinute: (defaultOrdersPerMinute * rate) / busyRate / speed }
}

/** Here a story takes some seconds; above, the steps of one order would wait for each other's answers. */
const fastestSpeed = 600

/**
 * Posts the simulated stream until `forSeconds` are over, `signal` aborts, or the receiver turns out to be none.
 * @returns the counters, and in `stoppedBecause` why the receiver was given up, or null
 */
export async function simulateCommand(options: SimulateOptions): Promise<SimulationResult> {
  const { url, token, locations, rate, seed, forSeconds, log = () => {} } = options
  const counters = noneYet()
  const startedAt = Date.now()
  const poster = webhookPoster({
    url: new URL('api/webhooks/stream', url.endsWith('/') ? url : `${url}/`),
    token,
    onRetry: (reason, waitMs) => {
      counters.retried += 1
      if (counters.retried === 1) log(`${reason}; trying again in ${waitMs} ms`)
    },
  })
  const progress = setInterval(() => log(describe(counters)), progressEveryMs)
  try {
    const events = simulate({
      seed,
      locations,
      startAt: startedAt,
      startMidService: options.startMidService ?? locations.length <= midServiceLocations,
      ...paceFor(rate, locations.length),
    })
    const stop = stopSignal(forSeconds, options.signal)
    try {
      const stoppedBecause = await sendInOrder({ events, rate, post: counting(poster, counters), signal: stop.signal })
      return { ...counters, seconds: (Date.now() - startedAt) / 1000, stoppedBecause }
    } finally {
      stop.clear()
    }
  } finally {
    clearInterval(progress)
  }
}

const help = `passline simulate: plays restaurants against a server, as Stream would

  --url URL        the server, such as http://localhost:3000 (required)
  --token TOKEN    a webhook token that may speak for the locations (required)
  --locations N    how many locations, sim_location_1 to sim_location_N (1)
  --rate R         requests per second; the stories are told faster to keep it (1)
  --seed S         the same seed plays the same stories (1)
  --for SECONDS    stop after that long; without it, at Ctrl-C
  --json           print one JSON object at the end, progress goes to stderr
  --help           this text

With up to 20 locations it begins in mid-service: what was said of the open orders is sent at once.
`

/** Reads the command's arguments and plays. @returns the exit code: 0 done, 1 failed, 2 misused */
export async function run(args: string[]): Promise<number> {
  const read = readArguments(args)
  switch (read.kind) {
    case 'help':
      process.stdout.write(help)
      return 0
    case 'misused':
      process.stderr.write(`${read.message}\n\n${help}`)
      return 2
    case 'options':
      return await play(read.options, read.json)
    default:
      return read satisfies never
  }
}

async function play(options: SimulateOptions, json: boolean): Promise<number> {
  const log = (line: string) => void (json ? process.stderr : process.stdout).write(`${line}\n`)
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    const result = await simulateCommand({ ...options, signal: interrupted.signal, log })
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
    else log(describe(result))
    if (result.stoppedBecause !== null) process.stderr.write(`${result.stoppedBecause}\n`)
    return isDone(result) ? 0 : 1
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** All was taken, and a receiver was there to take it. */
function isDone({ stoppedBecause, sent, refused, retried, failed }: SimulationResult): boolean {
  return stoppedBecause === null && failed === 0 && refused === 0 && (sent > 0 || retried === 0)
}

type ReadArguments =
  | { kind: 'help' }
  | { kind: 'misused'; message: string }
  | { kind: 'options'; options: SimulateOptions; json: boolean }

function readArguments(args: string[]): ReadArguments {
  let flags: ReturnType<typeof readFlags>
  try {
    flags = readFlags(args)
  } catch (error) {
    return { kind: 'misused', message: error instanceof Error ? error.message : String(error) }
  }
  if (flags.help) return { kind: 'help' }
  const { url, token } = flags
  if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    return { kind: 'misused', message: '--url: expected the address of a server, such as http://localhost:3000' }
  }
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) {
    return { kind: 'misused', message: '--token: expected a webhook token' }
  }
  const locationCount = Number(flags.locations ?? 1)
  if (!Number.isSafeInteger(locationCount) || locationCount < 1 || locationCount > 100_000) {
    return { kind: 'misused', message: '--locations: expected a whole number from 1 to 100000' }
  }
  const rate = Number(flags.rate ?? 1)
  if (!(rate > 0 && rate <= 100_000))
    return { kind: 'misused', message: '--rate: expected requests per second, above 0' }
  const seed = Number(flags.seed ?? 1)
  if (!Number.isSafeInteger(seed)) return { kind: 'misused', message: '--seed: expected a whole number' }
  const forSeconds = flags.for === undefined ? undefined : Number(flags.for)
  if (forSeconds !== undefined && !(forSeconds > 0 && forSeconds <= 2_000_000)) {
    return { kind: 'misused', message: '--for: expected seconds, above 0' }
  }
  const locations = Array.from({ length: locationCount }, (_, index) => `sim_location_${index + 1}`)
  return {
    kind: 'options',
    json: flags.json ?? false,
    options: { url, token, locations, rate, seed, ...(forSeconds === undefined ? {} : { forSeconds }) },
  }
}

function readFlags(args: string[]) {
  return parseArgs({
    args,
    options: {
      url: { type: 'string' },
      token: { type: 'string' },
      locations: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string' },
      for: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values
}

function counting(post: Poster, counters: SimulationCounters): Poster {
  return async (body, signal) => {
    const answer = await post(body, signal)
    switch (answer.kind) {
      case 'accepted':
        counters.sent += 1
        counters[answer.outcome ?? 'accepted'] += 1
        break
      case 'refused':
        counters.sent += 1
        counters.refused += 1
        break
      case 'failed':
        counters.failed += 1
        break
      case 'stopped':
        break
      default:
        answer satisfies never
    }
    return answer
  }
}

function noneYet(): SimulationCounters {
  return { sent: 0, changed: 0, repeated: 0, late: 0, ignored: 0, refused: 0, accepted: 0, retried: 0, failed: 0 }
}

function describe(counters: SimulationCounters): string {
  const { sent, changed, repeated, late, ignored, refused, retried, failed } = counters
  return [
    `sent ${sent}: changed ${changed}, repeated ${repeated}, late ${late}, ignored ${ignored}`,
    `refused ${refused}, retried ${retried}, failed ${failed}`,
  ].join(', ')
}

/** Aborts when the time is over or when `outer` does; `clear` lets go of both. */
function stopSignal(forSeconds: number | undefined, outer: AbortSignal | undefined) {
  const controller = new AbortController()
  const stop = () => controller.abort()
  if (outer?.aborted) stop()
  outer?.addEventListener('abort', stop, { once: true })
  const timer = forSeconds === undefined ? undefined : setTimeout(stop, forSeconds * 1000)
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', stop)
    },
  }
}
