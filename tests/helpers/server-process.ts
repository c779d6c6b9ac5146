/** The product as its users run it: a process of its own that can be ended and started again, on one database and port. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { controlSocket, sendCommand } from '#server/control.ts'
import { databaseFile, dataFolder as folderOf, isPostgres } from '#server/store/database-address.ts'
import { freePort } from './process.ts'
import { dataFolder, type Environment, run, type SpawnedServer, spawnServer } from './program.ts'

export type ServerProcess = AsyncDisposable & {
  url: string
  token: string
  /** Empty for a database that is no file. */
  databaseFile: string
  /** Everything that it printed since it was last started. */
  printed: () => string
  /** Everything that it said until it ended. */
  said: () => Promise<{ stdout: string; stderr: string }>
  /** The running process. */
  child: () => ChildProcess
  /** Posts a webhook's body, again where it is told to; rejects when it was refused. */
  post: (body: unknown) => Promise<{ outcome: string; seq: number; order?: { provider_id: string } }>
  /** Adds a screen; its link pairs one browser. */
  addScreen: (role: string, ...locations: string[]) => Promise<{ id: string; token: string; link: string }>
  /** Runs a `passline` command beside the server. */
  passline: (...parameters: string[]) => Promise<Record<string, unknown>>
  /** Ends it, though it may only be starting. */
  stop: (signal?: NodeJS.Signals) => Promise<void>
  start: () => Promise<void>
}

export async function serverProcess(settings: Environment = {}): Promise<ServerProcess> {
  const port = await freePort()
  const { PASSLINE_WEBHOOK_TOKEN: token = 'token-of-the-tests-only' } = settings
  const data = dataFolder({ LOG_LEVEL: 'warn', ...settings, PORT: String(port), PASSLINE_WEBHOOK_TOKEN: token })
  // People open localhost: the name that a browser sends as the page's origin.
  const url = `http://localhost:${port}`
  const { DATABASE_URL: databaseUrl = '', PASSLINE_DATA_FOLDER: own = '' } = data.environment
  const folder = folderOf(databaseUrl, own)
  let server: SpawnedServer

  async function start(): Promise<void> {
    server = spawnServer(data.environment)
    server.child.stderr?.pipe(process.stderr, { end: false })
    await server.isUp
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    server.child.kill(signal)
    await server.ended
  }

  async function passline(...parameters: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await run('passline', [...parameters, '--json'], data.environment)
    if (code !== 0) throw new Error(`passline ${parameters.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }

  await start()
  return {
    url,
    token,
    databaseFile: isPostgres(databaseUrl) ? '' : databaseFile(databaseUrl),
    printed: () => server.said.stdout,
    said: () => server.ended,
    child: () => server.child,
    start,
    stop,
    passline,
    post: async (body) => {
      for (;;) {
        const response = await fetch(`${url}/api/webhooks/stream`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        // Told to send it again, as on a machine that is held up, a sender does.
        const waitSeconds = response.status === 503 ? Number(response.headers.get('retry-after')) : 0
        if (waitSeconds > 0) {
          await setTimeout(waitSeconds * 1000)
          continue
        }
        if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
        return (await response.json()) as { outcome: string; seq: number }
      }
    },
    addScreen: async (role, ...locations) => {
      const socket = controlSocket(folder)
      const added = await sendCommand(socket, 'screen add', { name: `${role} screen`, role, locations })
      if (!added?.done) throw new Error('a screen could not be added')
      return added.result as { id: string; token: string; link: string }
    },
    [Symbol.asyncDispose]: async () => {
      await stop('SIGKILL')
      data[Symbol.dispose]()
    },
  }
}

type Example = { type: string; object: Record<string, unknown> }

/** One of Stream's example payloads, with other fields in its object if given. */
export function example(name: string, fields: Record<string, unknown> = {}): Example {
  const read = JSON.parse(readFileSync(path.join('tests/fixtures/stream', name), 'utf8')) as Example
  return { ...read, object: { ...read.object, ...fields } }
}
