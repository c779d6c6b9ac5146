/** The real server, and the real commands, as processes of their own: bundled like those that `npm start` runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildSync } from 'esbuild'

export type Environment = Record<string, string>

/** A data folder of its own, removed at the end, and the settings of a server in it. */
export function dataFolder(more: Environment = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-process-'))
  const databaseFile = path.join(folder, 'data', 'passline.db')
  const environment: Environment = {
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_URL: `file:${databaseFile}`,
    TIME_ZONE: 'UTC',
    LOG_LEVEL: 'error',
    ...more,
  }
  return { folder, databaseFile, environment, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

export type Program = 'main' | 'passline'

let bundles: string | undefined

/** The folder of the bundles, made once a test file; inside the project, for packages are found from there. */
function bundled(): string {
  if (bundles) return bundles
  mkdirSync('build', { recursive: true })
  const folder = mkdtempSync(path.resolve('build/test-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  buildSync({
    entryPoints: ['server/main.ts', 'server/cli/passline.ts', 'server/store/write-worker.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    entryNames: '[name]',
    logLevel: 'warning',
  })
  bundles = folder
  return folder
}

type Ended = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }

/** @param within what starts it, and with what: the program follows */
export function startProgram(
  program: Program,
  parameters: readonly string[],
  environment: Environment,
  within: readonly string[] = [],
) {
  const { PATH = '', HOME = '' } = process.env
  const words = [...within, process.execPath, path.join(bundled(), `${program}.mjs`), ...parameters]
  const child = spawn(words[0] ?? '', words.slice(1), {
    env: { NODE_ENV: 'production', PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (part: string) => {
      said[stream] += part
    })
  }
  const ended: Promise<Ended> = once(child, 'close').then(([code, signal]) => ({ code, signal, ...said }))
  return { child, said, ended }
}

/** Runs a program of ours to its end. */
export function run(program: Program, parameters: readonly string[], environment: Environment): Promise<Ended> {
  return startProgram(program, parameters, environment).ended
}

export type SpawnedServer = {
  child: ChildProcess
  /** What it has printed so far. */
  said: { stdout: string; stderr: string }
  ended: Promise<Ended>
  /** Its address, once it says that it is up; rejects with what it said when it ends instead. */
  isUp: Promise<string>
}

export function spawnServer(environment: Environment, within: readonly string[] = []): SpawnedServer {
  const { child, said, ended } = startProgram('main', [], environment, within)
  const isUp = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const port = /Webhook +http:\/\/localhost:(\d+)\//.exec(said.stdout)?.[1]
      // The welcome is written at once and ends with an empty line.
      if (port && said.stdout.endsWith('\n\n')) resolve(`http://127.0.0.1:${port}`)
    })
    void ended.then(({ code, stderr }) => reject(new Error(`the server ended with ${code}: ${stderr}`)))
  })
  // Who kills a server that is starting does not wait for it.
  isUp.catch(() => {})
  return { child, said, ended, isUp }
}

export type StartedServer = Omit<SpawnedServer, 'isUp'> & AsyncDisposable & { url: string }

/** Starts the server and waits until it says that it is up. @throws with what it said, when it ends instead */
export async function startServer(environment: Environment): Promise<StartedServer> {
  const { child, said, ended, isUp } = spawnServer(environment)
  return {
    child,
    url: await isUp,
    said,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
