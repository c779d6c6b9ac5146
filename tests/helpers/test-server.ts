/** A whole Passline in this process, on a database of its own and a free port. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { io, type Socket } from 'socket.io-client'
import type { ClientToServer, ScreenRole, ServerToClient } from '#domain/protocol.ts'
import { type Config, readConfig } from '#server/config.ts'
import { type Passline, startPassline } from '#server/index.ts'
import { createLog } from '#server/log.ts'

// Each Next listens to the process anew; a file of tests starts many.
process.setMaxListeners(0)

export type TestSocket = Socket<ServerToClient, ClientToServer>

export type TestServer = AsyncDisposable & {
  passline: Passline
  url: string
  /** May speak for every location. */
  token: string
  databaseFile: string
  /** Screens that held another board than the server: none, unless a test makes one. Checked when the server is left. */
  expectedDivergences: number
  /** Posts a webhook's body: text as it is, anything else as JSON. */
  post: (
    body: unknown,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; headers: Headers; json: unknown }>
  /** Adds a screen and opens its socket; the socket is closed with the server. */
  screen: (
    role: ScreenRole,
    locations: readonly string[] | 'every',
  ) => Promise<{ id: string; token: string; socket: TestSocket }>
  /** Stops the server and starts another on the same database and port. */
  restart: () => Promise<void>
}

type Options = {
  fastLane?: boolean
  now?: () => number
  settings?: Record<string, string>
}

/** Starts a server; `await using` stops it and removes its database. */
export async function testServer({
  fastLane = true,
  now = Date.now,
  settings = {},
}: Options = {}): Promise<TestServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-test-'))
  const databaseFile = path.join(folder, 'passline.db')
  const config = (port: number): Config => {
    const read = readConfig({
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: `file:${databaseFile}`,
      TIME_ZONE: 'UTC',
      LOG_LEVEL: 'silent',
      ...settings,
    })
    if ('problem' in read) throw new Error(read.problem)
    return read
  }
  const start = (port: number) => startPassline({ config: config(port), log: createLog('silent'), fastLane, now })
  let passline = await start(0)
  const { port } = passline
  const url = `http://127.0.0.1:${port}`
  const { token } = await passline.store.credentials.add('test', [])
  const sockets: TestSocket[] = []

  async function divergences(): Promise<number> {
    const { values } = await passline.metrics.divergences.get()
    return values[0]?.value ?? 0
  }

  const server: TestServer = {
    expectedDivergences: 0,
    get passline() {
      return passline
    },
    url,
    token,
    databaseFile,
    post: async (body, headers = {}) => {
      const response = await fetch(`${url}/api/webhooks/stream`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      return { status: response.status, headers: response.headers, json: await response.json() }
    },
    screen: async (role, locations) => {
      const added = await passline.store.screens.add({ name: `${role} of the test`, role, locations })
      const socket: TestSocket = io(url, { transports: ['websocket'], auth: { token: added.token }, forceNew: true })
      sockets.push(socket)
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('connect_error', reject)
      })
      return { id: added.id, token: added.token, socket }
    },
    restart: async () => {
      await passline.stop()
      passline = await start(port)
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.disconnect()
      await passline.stop()
      assert.equal(await divergences(), server.expectedDivergences, 'screens whose board differed')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return server
}
