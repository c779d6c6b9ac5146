/**
 * The line to Redis, over which the servers of one database tell each other what is new. Nothing waits for it: what it
 * does not carry, the database tells a moment later.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { createShardedAdapter } from '@socket.io/redis-adapter'
import type { Logger } from 'pino'

const channelPrefix = 'passline'

const channelOf = (server: string) => `${channelPrefix}#server#${server}#`

const connectWithinMs = 2_000
const lookEveryMs = 1_000
const answerWithinMs = 2_000

/** One that is connected and does not answer for so long: the line is broken, though nobody said so. */
const hangsAfterMs = 5_000

/** What may wait to be sent: beyond it is lost, and found by the next beat of each screen. */
const mostWaiting = 20_000

export type Redis = {
  /** For Socket.IO. */
  adapter: ReturnType<typeof createShardedAdapter>
  /** To one server, by its name; in the order of what goes to all. Nobody waits for it. */
  tellOne: (server: string, text: string) => void
  /** What is told to the server of this name. */
  hearOwn: (server: string, listener: (text: string) => void) => void
  /** For limits that hold across servers. Its commands fail at once while it is away. */
  client: RedisClient
  /** Both ways work: what is told arrives. */
  isLinked: () => boolean
  /** Since when not, epoch milliseconds; null while it is linked. */
  awaySince: () => number | null
  stop: () => void
}

export type RedisClient = ReturnType<typeof openClient>

function openClient(url: string, isForPublishing: boolean) {
  return createClient({
    url,
    disableOfflineQueue: isForPublishing,
    commandsQueueMaxLength: mostWaiting,
    socket: {
      connectTimeout: connectWithinMs,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, lookEveryMs) + Math.random() * 50,
    },
  })
}

/** Connects, and goes on trying. */
export function openRedis(url: string, now: () => number, log: Logger): Redis {
  const publishing = openClient(url, true)
  const subscribing = openClient(url, false)
  const clients = [publishing, subscribing]
  const wanted = new Set<string>()
  const subscribed = new Set<string>()
  let awaySince: number | null = now()
  let lastProblem = ''
  let isStopped = false
  let answeredAt = performance.now()
  for (const client of clients) {
    client.on('error', (error: Error) => {
      lastProblem = error.message || error.name
    })
    void client.connect().catch(() => {})
  }

  function say(isLinked: boolean): void {
    if (isLinked === (awaySince === null)) return
    awaySince = isLinked ? null : now()
    if (isLinked) log.info('Redis answers: the servers hear each other')
    else log.warn({ problem: lastProblem }, 'Redis is away: the servers hear each other through the database')
  }

  /** Asks both whether they answer. Never rejects. */
  async function look(): Promise<void> {
    const answers = await Promise.all(clients.map(isAnswering))
    if (isStopped) return
    const isLinked = answers.every(Boolean) && wanted.size > 0 && subscribed.size === wanted.size
    if (isLinked) answeredAt = performance.now()
    else if (performance.now() - answeredAt > hangsAfterMs) {
      answeredAt = performance.now()
      for (const client of clients) if (client.isReady) beginAnew(client)
    }
    say(isLinked)
  }

  async function isAnswering(client: RedisClient): Promise<boolean> {
    if (!client.isReady) return false
    try {
      return await Promise.race([client.ping().then(() => true), wait(answerWithinMs, false, { ref: false })])
    } catch {
      return false
    }
  }

  function beginAnew(client: RedisClient): void {
    client.destroy()
    void client.connect().catch(() => {})
  }

  /** Socket.IO's adapter waits for none of what it subscribes to: what fails is tried again here. */
  async function subscribe(channel: string, hear: (message: Buffer, channel: Buffer) => void): Promise<void> {
    wanted.add(channel)
    while (!isStopped) {
      try {
        await subscribing.sSubscribe(channel, hear, true)
        subscribed.add(channel)
        return
      } catch (error) {
        lastProblem = error instanceof Error ? error.message : String(error)
        await wait(lookEveryMs, undefined, { ref: false })
      }
    }
  }

  /** The two connections, as Socket.IO's adapter takes a client: it knows one of this package by its `sSubscribe`. */
  const forAdapter = {
    // What would wait for a Redis that hangs is of no use once it answers, and would only grow.
    sPublish: async (channel: string, message: string | Buffer) =>
      awaySince === null ? publishing.sPublish(channel, message) : 0,
    sSubscribe: subscribe,
    sUnsubscribe: (channel: string) => subscribing.sUnsubscribe(channel).catch(() => {}),
  }
  // One channel for all: what belongs to a location is told once, whatever the rooms that it is shown in.
  const adapter = createShardedAdapter(forAdapter, forAdapter, {
    channelPrefix,
    subscriptionMode: 'static',
  })
  const timer = setInterval(() => void look(), lookEveryMs)
  return {
    adapter,
    tellOne: (server, text) => {
      // What is lost is found by the next beat of each screen.
      forAdapter.sPublish(channelOf(server), text).catch(() => {})
    },
    hearOwn: (server, listener) => void subscribe(channelOf(server), (message) => listener(message.toString())),
    client: publishing,
    isLinked: () => awaySince === null,
    awaySince: () => awaySince,
    stop: () => {
      isStopped = true
      clearInterval(timer)
      for (const client of clients) if (client.isOpen) client.destroy()
    },
  }
}
