/** A line to a PostgreSQL server that breaks around a COMMIT, once for each time that it is told to. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

export type CommitProxy = AsyncDisposable & {
  /** The address of the database by way of the proxy. */
  url: string
  /** The next COMMIT: `before` it reaches the server, or once the server has answered it, `after`. */
  breakNext: (when: 'before' | 'after') => void
  /** Lets no new connection through, or does so again. */
  refuse: (isRefusing: boolean) => void
  /** How many commits it broke. */
  broken: () => number
}

export async function commitProxy(databaseUrl: string): Promise<CommitProxy> {
  const target = new URL(databaseUrl)
  let next: 'before' | 'after' | null = null
  let count = 0
  let isRefusing = false
  const server = createServer({ noDelay: true }, (client) => {
    if (isRefusing) return client.resetAndDestroy()
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true })
    let isCommitting = false
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    client.on('data', (bytes) => {
      if (next !== null && bytes.includes('COMMIT\0')) {
        const when = next
        next = null
        count += 1
        if (when === 'before') return end()
        isCommitting = true
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => (isCommitting ? end() : client.write(bytes)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const own = new URL(databaseUrl)
  own.port = String((server.address() as AddressInfo).port)
  return {
    url: own.href,
    breakNext: (when) => {
      next = when
    },
    refuse: (isNow) => {
      isRefusing = isNow
    },
    broken: () => count,
    [Symbol.asyncDispose]: async () => {
      server.close()
    },
  }
}
