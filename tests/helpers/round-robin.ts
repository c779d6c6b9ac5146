/** A proxy that gives each connection to the next server in turn, as one without sticky sessions does. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type RoundRobin = AsyncDisposable & { url: string }

export async function roundRobin(ports: readonly number[]): Promise<RoundRobin> {
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    open.add(client)
    client.on('error', () => {}).on('close', () => open.delete(client))
    turn += 1
    give(
      client,
      ports.map((_, index) => ports[(turn + index) % ports.length] ?? 0),
    )
  })

  /** Where nobody listens, the next one is asked. */
  function give(client: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) return void client.resetAndDestroy()
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
    let isThrough = false
    upstream.once('connect', () => {
      isThrough = true
      client.pipe(upstream).pipe(client)
      client.once('close', () => upstream.destroy())
      upstream.once('close', () => client.destroy())
    })
    upstream.on('error', () => {
      if (isThrough) client.resetAndDestroy()
      else if (!client.destroyed) give(client, others)
    })
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const client of open) client.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
