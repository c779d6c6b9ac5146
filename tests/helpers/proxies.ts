/** The proxies that the examples in deploy/ are for, as processes of their own, where they are installed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'

export function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

export type Proxy = AsyncDisposable & { url: string }

type StartProxy = (folder: string, port: number, upstreams: readonly number[]) => ChildProcess

/** Commands that speak plain http on this port to Passline's servers on the others, from the example in deploy/. */
export const proxyCommands: Record<string, StartProxy> = {
  nginx: (folder, port, upstreams) => {
    const servers = (more: string) => upstreams.map((one) => `server 127.0.0.1:${one}${more};`).join('\n')
    const example = readFileSync('deploy/nginx.conf', 'utf8')
      .replace(/^ *ssl_.*$/gm, '')
      .replace(/^ *listen \[::\].*$/gm, '')
      .replace(/listen 80;/, `listen unix:${folder}/redirects;`)
      .replace(/listen 443 ssl http2;/, `listen 127.0.0.1:${port};`)
      .replace(/^ *server 127\.0\.0\.1:3000(.*);$/gm, (_, more: string) => servers(more))
    const file = path.join(folder, 'nginx.conf')
    writeFileSync(file, nginxAround(example, folder))
    return spawn('nginx', ['-c', file, '-p', folder, '-g', 'daemon off;'], { stdio: 'inherit' })
  },
  caddy: (folder, port, upstreams) =>
    spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', 'deploy/Caddyfile'], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: {
        ...process.env,
        XDG_DATA_HOME: folder,
        XDG_CONFIG_HOME: folder,
        CADDY_ADMIN: `unix/${folder}/admin`,
        PASSLINE_DOMAIN: `http://localhost:${port}`,
        PASSLINE_UPSTREAM: upstreams.map((one) => `127.0.0.1:${one}`).join(' '),
      },
    }),
}

/** A whole configuration around what stands in conf.d, that writes into one folder alone. */
export function nginxAround(site: string, folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const places = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n')
  return `user ${userInfo().username};\npid ${folder}/pid;\nerror_log stderr crit;\nevents {}\nhttp {\naccess_log off;\n${places}\n${site}\n}\n`
}

/** Runs a proxy in front of Passline's servers until it is disposed of. */
export async function startProxy(command: string, port: number, ...upstreams: readonly number[]): Promise<Proxy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-proxy-'))
  const child = proxyCommands[command]?.(folder, port, upstreams)
  if (!child) throw new Error(`there is no proxy ${command}`)
  await listens(port, child)
  return {
    url: `http://localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      // Not by force: nginx would leave its workers behind.
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once somebody listens there. @throws when the process ends instead */
async function listens(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the proxy ended with ${child.exitCode}`)
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
