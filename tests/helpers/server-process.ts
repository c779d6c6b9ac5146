/** The product as its users run it: a process of its own, on a database of its own and a free port. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const token = 'token-of-the-tests-only'

export type ServerProcess = AsyncDisposable & {
  url: string
  token: string
  /** Everything that it printed since it was last started. */
  printed: () => string
  /** The running process. */
  child: () => ChildProcess
  /** Posts a webhook's body; rejects unless it was stored. */
  post: (body: unknown) => Promise<{ outcome: string; seq: number; order?: { provider_id: string } }>
  /** Adds a screen; its link pairs one browser. */
  addScreen: (role: string, ...locations: string[]) => Promise<{ id: string; token: string; link: string }>
  /** Runs a `passline` command beside the server. */
  passline: (...parameters: string[]) => Promise<Record<string, unknown>>
  stop: (signal?: NodeJS.Signals) => Promise<void>
  start: () => Promise<void>
}

export async function serverProcess(settings: Record<string, string> = {}): Promise<ServerProcess> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-e2e-'))
  const port = await freePort()
  const environment = {
    ...process.env,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATABASE_URL: `file:${path.join(folder, 'passline.db')}`,
    PASSLINE_WEBHOOK_TOKEN: token,
    TIME_ZONE: 'UTC',
    LOG_LEVEL: 'warn',
    ...settings,
  }
  const url = `http://localhost:${port}`
  let child: ChildProcess
  let lines: string[] = []

  async function start(): Promise<void> {
    lines = []
    child = spawn(process.execPath, ['build/main.mjs'], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
    const { stdout } = child
    if (!stdout) throw new Error('the server has no output')
    const reader = createInterface({ input: stdout })
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${lines.join('\n')}`)))
      reader.on('line', (line) => {
        lines.push(line)
        if (line.includes('Webhook')) resolve()
      })
    })
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async function passline(...parameters: string[]): Promise<Record<string, unknown>> {
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, ['build/passline.mjs', ...parameters, '--json'], {
      env: environment,
    })
    return JSON.parse(stdout) as Record<string, unknown>
  }

  await start()
  return {
    url,
    token,
    printed: () => lines.join('\n'),
    child: () => child,
    start,
    stop,
    passline,
    post: async (body) => {
      const response = await fetch(`${url}/api/webhooks/stream`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
      return (await response.json()) as { outcome: string; seq: number }
    },
    addScreen: async (role, ...locations) => {
      const places = locations.flatMap((location) => ['--location', location])
      const added = await passline('screen', 'add', '--name', `${role} screen`, '--role', role, ...places)
      return added as { id: string; token: string; link: string }
    },
    [Symbol.asyncDispose]: async () => {
      child.removeAllListeners('exit')
      await stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no free port')
  return address.port
}

type Example = { type: string; object: Record<string, unknown> }

/** One of Stream's example payloads, with other fields in its object if given. */
export function example(name: string, fields: Record<string, unknown> = {}): Example {
  const read = JSON.parse(readFileSync(path.join('tests/fixtures/stream', name), 'utf8')) as Example
  return { ...read, object: { ...read.object, ...fields } }
}

/** An `order.updated`. */
export function updated(locationId: string, orderId: string, fields: Record<string, unknown>): Example {
  return { type: 'order.updated', object: { location_id: locationId, order_id: orderId, ...fields } }
}
