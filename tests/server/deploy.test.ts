/** What is in deploy/ and beside it is true: as far as it can be run or read here. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { settingNames } from '#server/config.ts'
import { postgresDatabase } from '#tests/helpers/databases.ts'
import { headlessScreen, isLive, untilStore } from '#tests/helpers/headless-screen.ts'
import { figureOf, metricsOf } from '#tests/helpers/metrics.ts'
import { ask, privateServer } from '#tests/helpers/postgres.ts'
import { freePort } from '#tests/helpers/process.ts'
import { dataFolder, spawnServer } from '#tests/helpers/program.ts'
import { isInstalled, nginxAround, startProxy } from '#tests/helpers/proxies.ts'
import { type Sent, send } from '#tests/helpers/send.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { created, updated } from '#tests/helpers/webhooks.ts'

const composeFiles = ['compose.yaml', 'compose.cluster.yaml']

const read = (file: string) => readFileSync(file, 'utf8')

function scratch() {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-deploy-'))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Runs a checker of a file's kind; says so where it is not installed. */
function check(t: TestContext, command: string, ...parameters: string[]): void {
  if (!isInstalled(command)) {
    t.diagnostic(`${command} is not installed: not checked`)
    return
  }
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    encoding: 'utf8',
    env: { ...process.env, PASSLINE_DOMAIN: 'passline.example.com' },
  })
  assert.equal(status, 0, `${command}: ${stdout}${stderr}`)
}

test('every YAML and JSON file can be read', () => {
  for (const name of readdirSync('deploy')
    .map((one) => path.join('deploy', one))
    .concat(composeFiles)) {
    if (/\.ya?ml$/.test(name)) assert.ok(parse(read(name), { strict: true, uniqueKeys: true }), name)
    if (name.endsWith('.json')) assert.ok(JSON.parse(read(name)), name)
  }
})

test('systemd, nginx, Caddy and Prometheus take their files', (t) => {
  using place = scratch()
  for (const name of ['passline.service', 'passline-backup.service', 'passline-backup.timer']) {
    // What they start is not installed here.
    const unit = read(`deploy/${name}`).replace(/^(ExecStart(?:Post)?)=\S+/gm, `$1=${process.execPath}`)
    writeFileSync(path.join(place.folder, name), unit)
    check(t, 'systemd-analyze', 'verify', '--man=no', path.join(place.folder, name))
  }
  const [certificate, key] = [path.join(place.folder, 'certificate'), path.join(place.folder, 'key')]
  const certificateOf = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=x',
  ]
  check(t, 'openssl', ...certificateOf, '-keyout', key, '-out', certificate)
  const site = read('deploy/nginx.conf')
    .replace(/\S+fullchain\.pem/, certificate)
    .replace(/\S+privkey\.pem/, key)
  writeFileSync(path.join(place.folder, 'nginx.conf'), nginxAround(site, place.folder))
  check(t, 'nginx', '-t', '-c', path.join(place.folder, 'nginx.conf'), '-p', place.folder)
  check(t, 'caddy', 'validate', '--adapter', 'caddyfile', '--config', 'deploy/Caddyfile')
  check(t, 'promtool', 'check', 'rules', 'deploy/prometheus-rules.yaml')
})

test('the nightly backup ends what is 14 days old, and nothing else', () => {
  using place = scratch()
  const line = /^ExecStartPost=(.+)$/m.exec(read('deploy/passline-backup.service'))?.[1] ?? ''
  const words = line
    .replaceAll('"', '')
    .replace(/ \/var\/lib\S+/g, '')
    .split(' ')
  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60_000)
  const files = { 'passline-a.db': 13.9, 'passline-b.db': 14, 'passline-c.db.partial-1': 15 }
  const others = { 'passline.db': 20, 'secret.key': 20, 'passline.db.replaced-x': 14, 'passline.db.replaced-x-wal': 14 }
  for (const [name, days] of Object.entries({ ...files, ...others })) {
    writeFileSync(path.join(place.folder, name), '')
    utimesSync(path.join(place.folder, name), daysAgo(days), daysAgo(days))
  }
  assert.equal(spawnSync(words[0] ?? '', [place.folder, ...words.slice(1)]).status, 0)
  assert.deepEqual(readdirSync(place.folder).sort(), ['passline-a.db', 'passline.db', 'secret.key'])
})

test('the command works by a link, from anywhere', () => {
  using place = scratch()
  const link = path.join(place.folder, 'passline')
  symlinkSync(path.resolve('deploy/passline'), link)
  const { status, stdout } = spawnSync(link, ['--help'], { cwd: '/', encoding: 'utf8' })
  assert.deepEqual([status, /backup FILE/.test(stdout)], [0, true])
})

for (const proxy of ['nginx', 'caddy']) {
  test(`behind ${proxy} screens are live, large updates arrive, and nobody else's address is believed`, async (t) => {
    if (!isInstalled(proxy)) return t.diagnostic(`${proxy} is not installed: not run`)
    const port = await freePort()
    const settings = { PUBLIC_URL: `http://localhost:${port}`, TRUSTED_PROXIES: 'loopback' }
    await using server = await testServer({ settings })
    await using front = await startProxy(proxy, port, server.passline.port)
    const { token } = await server.passline.store.screens.add({ name: 'Pass', role: 'kitchen', locations: ['north'] })
    const screen = headlessScreen(front.url, token)
    const authorization = `Bearer ${server.token}`
    try {
      await untilStore(screen.store, () => isLive(screen))
      const large = created('north', 'one', { special_instructions: 'x'.repeat(1_000_000) })
      assert.equal((await send(front.url, { headers: { authorization }, body: JSON.stringify(large) })).status, 200)
      await untilStore(screen.store, () => screen.store.orders().length === 1)
      const over = await send(front.url, { headers: { authorization }, body: 'x'.repeat(1_100_000) })
      assert.deepEqual([over.status, (over.json as { error: { code: string } }).error.code], [413, 'too_large'])
      assert.equal((await send(front.url, { method: 'GET', path: '/api/metrics' })).status, 404)
      const guess = (number: number) =>
        send(front.url, {
          headers: { authorization: 'Bearer wrong', 'x-forwarded-for': `10.0.0.${number}` },
          body: '{}',
        })
      const statuses = []
      for (let number = 0; number <= 30; number += 1) statuses.push((await guess(number)).status)
      assert.equal(statuses.at(-1), 429, statuses.join())
    } finally {
      screen.stop()
    }
  })
}

/** Who sends through a proxy as Stream does: again what got no 2xx. */
function senderThrough(url: string, token: string) {
  /** What was answered, but for the 2xx. */
  const refused: Sent[] = []
  async function deliver(order: string): Promise<void> {
    for (;;) {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await send(url, { headers, body: JSON.stringify(updated('north', order)) })
      if (answer.status === 200) return
      refused.push(answer)
    }
  }
  /** @param atOnce how many are under way at a time */
  async function deliverAll(orders: readonly string[], atOnce: number): Promise<void> {
    const waiting = [...orders]
    const lane = async () => {
      for (let order = waiting.shift(); order !== undefined; order = waiting.shift()) await deliver(order)
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
  }
  return { refused, deliver, deliverAll }
}

const named = (name: string, count: number) => Array.from({ length: count }, (_, number) => `${name} ${number}`)

/** What is up and answers 503 to all, as a server whose database is away. */
async function unreadyServer() {
  let asked = 0
  const server = createServer((request, response) => {
    if (request.url === '/api/ready') asked += 1
    request.resume()
    response.writeHead(503, { 'retry-after': '7' }).end('not ready')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    /** Resolves when both proxies of the Caddyfile have been told, and ask anew: then they have taken it in. */
    isFoundOut: async () => {
      while (asked < 4) await once(server, 'request')
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

for (const proxy of ['nginx', 'caddy']) {
  test(`behind ${proxy} a server of two may stop or die: every update is stored, and its screens come back`, async (t) => {
    if (!isInstalled(proxy)) return t.diagnostic(`${proxy} is not installed: not run`)
    await using place = await postgresDatabase()
    const port = await freePort()
    const { PASSLINE_DATA_FOLDER: folder = '' } = place.settings
    const shared = {
      ...place.settings,
      PUBLIC_URL: `http://localhost:${port}`,
      TRUSTED_PROXIES: 'loopback',
      PASSLINE_SECRET_KEY: randomBytes(32).toString('base64'),
    }
    await using one = await serverProcess({ ...shared, PASSLINE_DATA_FOLDER: path.join(folder, 'one') })
    const { token } = await one.addScreen('kitchen', 'north')
    await using other = await serverProcess({ ...shared, PASSLINE_DATA_FOLDER: path.join(folder, 'other') })
    const ports = [one, other].map(({ url }) => Number(new URL(url).port))
    await using front = await startProxy(proxy, port, ...ports)
    const { refused, deliver, deliverAll } = senderThrough(front.url, one.token)
    const screen = headlessScreen(front.url, token)
    const shows = (order: string) => isLive(screen) && screen.store.orders().some(({ id }) => id === order)
    try {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await deliver(`before ${signal}`)
        await untilStore(screen.store, () => shows(`before ${signal}`))
        const isAtOne = figureOf(await metricsOf(one), 'passline_screens_connected') === 1
        const its = isAtOne ? one : other
        await Promise.all([deliverAll(named(`at ${signal}`, 60), 6), its.stop(signal)])
        await deliverAll(named(`after ${signal}`, 10), 1)
        await untilStore(screen.store, () => shows(`after ${signal} 9`))
        await its.start()
      }
      assert.equal(screen.store.orders().length, 2 * (1 + 60 + 10))
      // Caddy sends no body twice: for a second the sender is told to.
      const expected = proxy === 'caddy' ? [502, 503] : []
      for (const { status, text } of refused) assert.ok(expected.includes(status), `${status} ${text}`)
    } finally {
      screen.stop()
    }
  })

  test(`behind ${proxy} screens and updates go to the server that is ready`, async (t) => {
    if (!isInstalled(proxy)) return t.diagnostic(`${proxy} is not installed: not run`)
    const port = await freePort()
    const settings = { PUBLIC_URL: `http://localhost:${port}`, TRUSTED_PROXIES: 'loopback' }
    await using server = await testServer({ settings })
    await using unready = await unreadyServer()
    await using front = await startProxy(proxy, port, unready.port, server.passline.port)
    if (proxy === 'caddy') await unready.isFoundOut()
    const { token } = await server.passline.store.screens.add({ name: 'Pass', role: 'kitchen', locations: ['north'] })
    const { refused, deliverAll } = senderThrough(front.url, server.token)
    const screen = headlessScreen(front.url, token)
    try {
      await deliverAll(named('order', 20), 2)
      assert.deepEqual(refused, [])
      await untilStore(screen.store, () => isLive(screen) && screen.store.orders().length === 20)
    } finally {
      screen.stop()
    }
  })

  test(`behind ${proxy} one of the servers tells why none of them is ready`, async (t) => {
    if (!isInstalled(proxy)) return t.diagnostic(`${proxy} is not installed: not run`)
    await using one = await unreadyServer()
    await using other = await unreadyServer()
    await using front = await startProxy(proxy, await freePort(), one.port, other.port)
    if (proxy === 'caddy') await Promise.all([one.isFoundOut(), other.isFoundOut()])
    // More than there are servers: none is given up.
    for (const method of ['POST', 'POST', 'POST', 'GET']) {
      const { status, headers, text } = await send(front.url, { method, body: method === 'POST' ? '{}' : undefined })
      assert.deepEqual([status, headers['retry-after'], text], [503, '7', 'not ready'], method)
    }
  })
}

test('as the first process of a container the server ends well by SIGTERM', async () => {
  using data = dataFolder()
  const namespace = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
  const server = spawnServer(data.environment, namespace)
  await server.isUp
  const [pid] = read(`/proc/${server.child.pid}/task/${server.child.pid}/children`).split(' ')
  assert.match(read(`/proc/${pid}/status`), /^NSpid:\t\d+\t1$/m)
  process.kill(Number(pid), 'SIGTERM')
  assert.equal((await server.ended).code, 0)
  assert.ok(!existsSync(`${data.databaseFile}-wal`))
})

test('the image has what it copies, runs as nobody of importance, and asks for its health', () => {
  const image = read('Dockerfile')
  const copied = [...image.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '))
  const taken = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1))
  for (const file of copied.filter((one) => one !== '.')) {
    assert.ok(existsSync(file), `${file} is there`)
    assert.ok(
      taken.some((one) => file === one || file.startsWith(`${one}/`)),
      `${file} is sent to the build`,
    )
  }
  const last = image.slice(image.lastIndexOf('\nFROM '))
  assert.match(last, /^USER node$/m)
  assert.match(last, /\/api\/health/)
  assert.match(last, /^CMD \["node", "build\/main.mjs"\]$/m)
  const major = /node:(\d+)-/.exec(image)?.[1]
  assert.equal(major, '20')
})

type Service = {
  extends?: { file: string; service: string }
  environment?: Record<string, string>
  networks?: Record<string, { ipv4_address: string } | null>
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  restart?: string
}

type Compose = { services: Record<string, Service>; networks: Record<string, { internal?: boolean }> }

/** Its services, with what they have from another file. */
function servicesOf(file: string): Record<string, Service> {
  const { services } = parse(read(file)) as Compose
  const whole = Object.entries(services).map(([name, own]): [string, Service] => {
    if (!own.extends) return [name, own]
    const base = (parse(read(own.extends.file)) as Compose).services[own.extends.service]
    assert.ok(base, `${own.extends.file} has ${own.extends.service}`)
    return [name, { ...base, ...own, environment: { ...base.environment, ...own.environment } }]
  })
  return Object.fromEntries(whole)
}

test('compose and systemd set only what is a setting, and trust the proxy alone', () => {
  const inFile = [...read('deploy/passline.env').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name ?? '')
  for (const name of inFile) assert.ok(settingNames.includes(name), name)
  for (const file of composeFiles) {
    const { caddy, ...others } = servicesOf(file)
    const servers = caddy?.environment?.PASSLINE_UPSTREAM?.split(' ') ?? []
    assert.ok(servers.length > 0, file)
    for (const server of servers) {
      const { environment = {} } = others[server.replace(/:3000$/, '')] ?? {}
      for (const name of Object.keys(environment)) assert.ok(settingNames.includes(name), name)
      assert.ok(environment.TRUSTED_PROXIES, server)
      assert.equal(environment.TRUSTED_PROXIES, caddy?.networks?.inside?.ipv4_address)
    }
  }
})

test('the servers of a cluster are set up alike, each service may no more than it needs, and every secret is asked for', () => {
  const file = 'compose.cluster.yaml'
  const services = servicesOf(file)
  const servers = Object.keys(services).filter((name) => name.startsWith('passline-'))
  const upstreams = servers.map((name) => `${name}:3000`).join(' ')
  assert.deepEqual([servers.length, services.caddy?.environment?.PASSLINE_UPSTREAM], [3, upstreams])
  for (const name of servers) assert.deepEqual(services[name], services['passline-1'])
  for (const [name, { read_only, cap_drop, security_opt, restart }] of Object.entries(services)) {
    const rights = { read_only, cap_drop, security_opt, restart }
    const expected = { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] }
    assert.deepEqual(rights, { ...expected, restart: 'unless-stopped' }, name)
  }
  const asked = [...read(file).matchAll(/\$\{([A-Z_]+)(:\?|)/g)]
  assert.ok(asked.length > 5)
  for (const [, name, sign] of asked) assert.equal(sign, ':?', name)
  const { DATABASE_URL: database = '', REDIS_URL: redis = '' } = services['passline-1']?.environment ?? {}
  for (const url of [database, redis]) assert.ok(services[/@(\w+):/.exec(url)?.[1] ?? ''], url)
  assert.equal((parse(read(file)) as Compose).networks.stores?.internal, true)
  assert.deepEqual(Object.keys(services.caddy?.networks ?? {}), ['inside'])
})

test('the database of a cluster is one that its role owns, and that role may no more', async () => {
  const server = await privateServer({ fsync: 'off' })
  try {
    const url = new URL(server.url)
    const { status, stderr } = spawnSync(path.resolve('deploy/postgres-init.sh'), {
      encoding: 'utf8',
      env: { ...process.env, PGHOST: url.hostname, PGPORT: url.port, POSTGRES_PASSWORD: "it's secret" },
    })
    assert.equal(status, 0, stderr)
    const role = await ask(
      url.href,
      `SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'passline'`,
    )
    assert.deepEqual(role, [{ rolsuper: false, rolcreaterole: false, rolcreatedb: false }])
    const admin = await ask(url.href, `SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'`)
    assert.deepEqual(admin, [{ rolpassword: null }])
    Object.assign(url, { username: 'passline', pathname: '/passline' })
    await ask(url.href, 'CREATE TABLE of_passline (id int)')
  } finally {
    await server.remove()
  }
})

test('every metric that is watched or explained is there, and every one of ours is explained', async () => {
  await using server = await testServer()
  await server.post(updated('north', 'one'))
  const text = await metricsOf(server)
  // This one is there with REDIS_URL alone.
  const known = new Set(['passline_redis', ...[...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)])
  const namesIn = (file: string) =>
    new Set(
      [...read(file).matchAll(/\bpassline_[a-z0-9_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')),
    )
  for (const file of ['deploy/prometheus-rules.yaml', 'deploy/grafana-dashboard.json', 'docs/operations.md']) {
    const names = namesIn(file)
    assert.ok(names.size > 5, file)
    for (const name of names) assert.ok(known.has(name), `${file} names ${name}`)
  }
  const explained = namesIn('docs/operations.md')
  const ours = [...known].filter((name) => name && !/^passline_(process|nodejs)_/.test(name))
  for (const name of ours) assert.ok(explained.has(name ?? ''), `docs/operations.md explains ${name}`)
})
