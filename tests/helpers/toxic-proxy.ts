/** A line between screens and server that goes bad on command. TCP, so it is the same for pages and for sockets. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Toxic =
  /** Everything arrives so much later, in its order; each part by a chance of `jitterMs` more. */
  | { kind: 'delay'; ms: number; jitterMs: number }
  /** Nothing arrives; connections stay open, and new ones seem to open. What was sent arrives at the end. */
  | { kind: 'black-hole' }
  /** Connections are reset, and new ones are refused. */
  | { kind: 'reset' }
  | { kind: 'slow'; bytesPerSecond: number }
  /** Each connection breaks after so many bytes from the server. */
  | { kind: 'cut'; afterBytes: number }

export type ToxicProxy = AsyncDisposable & {
  url: string
  /** Begins a fault, or ends it with null. */
  turn: (toxic: Toxic | null) => void
  /** Resets what is open now; new connections are welcome. */
  drop: () => void
}

/** What a line holds; who sends more has to wait, as on any line. */
const heldAtMost = 256 * 1024

type Pair = { client: Socket; upstream: Socket; fromServer: number }

export async function toxicProxy(upstreamPort: number, random: () => number = Math.random): Promise<ToxicProxy> {
  const pairs = new Set<Pair>()
  let toxic: Toxic | null = null
  /** Wakes what waits for the fault to end. */
  let turned = turning()

  const server = createServer({ noDelay: true }, (client) => {
    if (toxic?.kind === 'reset') return client.resetAndDestroy()
    const upstream = connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true })
    const pair = { client, upstream, fromServer: 0 }
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    carry(pair, client, upstream)
    carry(pair, upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  /** Passes on what comes from one side, each part when it is due. */
  function carry(pair: Pair, from: Socket, to: Socket): void {
    const parts: { bytes: Buffer; dueAt: number }[] = []
    let isCarrying = false
    let lastDueAt = 0
    let heldBytes = 0
    from.on('data', (bytes) => {
      heldBytes += bytes.length
      if (heldBytes > heldAtMost) from.pause()
      // In their order: a later part is not due before an earlier one.
      lastDueAt = Math.max(lastDueAt, performance.now() + delayMs())
      parts.push({ bytes, dueAt: lastDueAt })
      if (!isCarrying) void work()
    })

    async function work(): Promise<void> {
      isCarrying = true
      for (let part = parts.shift(); part && !to.destroyed; part = parts.shift()) {
        if (toxic?.kind === 'delay') await wait(part.dueAt - performance.now())
        while (toxic?.kind === 'black-hole') await turned.promise
        if (toxic?.kind === 'slow') await wait((part.bytes.length / toxic.bytesPerSecond) * 1000)
        if (to.destroyed) return
        heldBytes -= part.bytes.length
        if (heldBytes <= heldAtMost) from.resume()
        if (from === pair.upstream) pair.fromServer += part.bytes.length
        if (!to.write(part.bytes)) await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => undefined)
        if (toxic?.kind === 'cut' && pair.fromServer > toxic.afterBytes) reset(pair)
      }
      isCarrying = false
    }
  }

  function delayMs(): number {
    return toxic?.kind === 'delay' ? toxic.ms + random() * toxic.jitterMs : 0
  }

  /** Waits so long, or until the fault ends. */
  async function wait(ms: number): Promise<void> {
    if (ms <= 0) return
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms)
      }),
      turned.promise,
    ])
    clearTimeout(timer)
  }

  function reset(pair: Pair): void {
    pairs.delete(pair)
    pair.client.resetAndDestroy()
    pair.upstream.destroy()
  }

  function drop(): void {
    for (const pair of pairs) reset(pair)
  }

  return {
    url: `http://localhost:${port}`,
    turn: (next) => {
      toxic = next
      const before = turned
      turned = turning()
      before.resolve()
      for (const pair of pairs) pair.fromServer = 0
      if (toxic?.kind === 'reset') drop()
    },
    drop,
    [Symbol.asyncDispose]: async () => {
      toxic = null
      turned.resolve()
      drop()
      server.close()
      await once(server, 'close')
    },
  }
}

function turning(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
