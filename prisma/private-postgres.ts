/**
 * A PostgreSQL server of its own, from binaries of this machine, on a free port of the loopback address and with a data
 * folder that goes with it. For development and tests.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { postgresPrograms } from './postgres-programs.mjs'

export type PrivatePostgres = {
  /** The address of its first database, as a user who may do everything. */
  url: string
  /** Its first process, while it runs. */
  pid: () => number
  /** Ends it as a power cut would, as far as a program can: nothing is written any more. */
  halt: () => Promise<void>
  /** Starts it again. */
  start: () => Promise<void>
  /** Ends it, and removes its data. */
  remove: () => Promise<void>
}

/** A server does not run as root: then it runs as the user that its package made. */
function owner(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {}
  const id = (kind: string) => Number(spawnSync('id', [kind, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: id('-u'), gid: id('-g') }
}

/** Runs the server, and ends it when the pipe to us closes, however we end: then its data goes, too. */
const watched = `exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ cat <&3 >/dev/null; kill -QUIT $server; } 2>/dev/null & watcher=$!
wait $server
kill $watcher 2>/dev/null
[ -d /proc/$PPID ] || ps -p $PPID >/dev/null 2>&1 || rm -rf "$0"`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

/**
 * Makes one and starts it. It ends with this process, and does not keep it.
 * @param settings of the server, besides those that keep it to this machine
 * @param place where its data is to be, if it matters
 * @throws when there are no programs, or it does not start
 */
export async function startPostgres(
  settings: Record<string, string> = {},
  place: string = tmpdir(),
): Promise<PrivatePostgres> {
  const programs = postgresPrograms()
  if (!programs) throw new Error('there is no PostgreSQL on this machine')
  const folder = mkdtempSync(path.join(place, 'passline-postgres-'))
  const user = owner()
  if ('uid' in user) chownSync(folder, user.uid, user.gid)
  const data = path.join(folder, 'data')
  const program = (name: string, ...parameters: string[]) =>
    spawnSync(path.join(programs, name), parameters, { ...user, cwd: folder, encoding: 'utf8' })
  // A full disk under the data is told; one under its log ends the server.
  const log = place === tmpdir() ? null : mkdtempSync(path.join(tmpdir(), 'passline-postgres-'))
  if (log && 'uid' in user) chownSync(log, user.uid, user.gid)
  const words = ['--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync']
  if (log) words.push('--waldir', path.join(log, 'wal'))
  const made = program('initdb', '--pgdata', data, ...words)
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error ?? ''}`)
  const port = await freePort()
  const own = { listen_addresses: '127.0.0.1', unix_socket_directories: folder, port: String(port), ...settings }
  const parameters = Object.entries(own).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  let child: ChildProcess

  async function start(): Promise<void> {
    const server = path.join(programs ?? '', 'postgres')
    child = spawn('sh', ['-c', watched, folder, server, '-D', data, ...parameters], {
      ...user,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    const ended = once(child, 'exit')
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (part: string) => {
        // What it says later is about what is done to it.
        if (said.length < 100_000) said += part
        if (said.includes('ready to accept connections')) resolve()
      })
      void ended.then(() => reject(new Error(`PostgreSQL did not start: ${said}`)))
    })
    child.unref()
    for (const stream of [child.stdin, child.stderr]) (stream as unknown as { unref: () => void }).unref()
  }

  /** The first line of the file that it keeps while it runs. */
  const pid = () => Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0])

  async function halt(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const ended = once(child, 'exit')
    process.kill(pid(), 'SIGQUIT')
    await ended
  }

  function removeNow(): void {
    program('pg_ctl', 'stop', '--pgdata', data, '--mode', 'immediate')
    for (const one of [folder, log]) if (one) rmSync(one, { recursive: true, force: true })
  }

  process.once('exit', removeNow)
  await start()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    pid,
    halt,
    start,
    remove: async () => {
      process.off('exit', removeNow)
      await halt()
      removeNow()
    },
  }
}
