import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { type Config, readConfig } from '#server/config.ts'

function read(environment: Record<string, string>): Config {
  const config = readConfig(environment)
  assert.ok(!('problem' in config), JSON.stringify(config))
  return config
}

function problem(environment: Record<string, string>): string {
  const config = readConfig(environment)
  assert.ok('problem' in config, JSON.stringify(config))
  return config.problem
}

/** What trusts no proxy. */
const { trustedProxies: nobody } = read({})

test('without settings everything has its usual value', () => {
  assert.deepEqual(read({}), {
    port: 3000,
    host: '0.0.0.0',
    publicUrl: null,
    tls: null,
    trustedProxies: nobody,
    databaseUrl: 'file:./data/passline.db',
    redisUrl: null,
    dataFolder: path.resolve('data'),
    secretKey: null,
    webhookToken: null,
    firstManager: null,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    isBoardOpen: false,
    metricsToken: null,
    keepPeopleMs: 24 * 3_600_000,
    keepFactsMs: 90 * 24 * 3_600_000,
    alertUrl: null,
    heartbeatUrl: null,
    logLevel: 'info',
  })
})

test('an empty setting is none', () => {
  const names = [
    'PORT',
    'HOST',
    'PUBLIC_URL',
    'TLS_CERT_FILE',
    'TLS_KEY_FILE',
    'TRUSTED_PROXIES',
    'DATABASE_URL',
    'REDIS_URL',
    'PASSLINE_DATA_FOLDER',
    'PASSLINE_SECRET_KEY',
    'PASSLINE_WEBHOOK_TOKEN',
    'PASSLINE_MANAGER_EMAIL',
    'PASSLINE_MANAGER_PASSWORD',
    'TIME_ZONE',
    'PASSLINE_OPEN_BOARD',
    'METRICS_TOKEN',
    'PASSLINE_FORGET_AFTER_HOURS',
    'PASSLINE_KEEP_DAYS',
    'ALERT_WEBHOOK_URL',
    'HEARTBEAT_URL',
    'LOG_LEVEL',
  ]
  assert.deepEqual(read(Object.fromEntries(names.map((name) => [name, '']))), read({}))
})

test('settings are read as they are meant', () => {
  const config = read({
    PORT: '0',
    HOST: '127.0.0.1',
    PUBLIC_URL: 'https://board.example/',
    TLS_CERT_FILE: '/etc/certificate.pem',
    TLS_KEY_FILE: '/etc/key.pem',
    TRUSTED_PROXIES: '',
    DATABASE_URL: 'file:/var/lib/passline.db',
    PASSLINE_SECRET_KEY: Buffer.alloc(32, 0xfb).toString('base64'),
    PASSLINE_WEBHOOK_TOKEN: 'sixteen-letters-or-more',
    PASSLINE_MANAGER_EMAIL: 'Olive@Example.com',
    PASSLINE_MANAGER_PASSWORD: 'correct horse battery',
    TIME_ZONE: 'Asia/Kolkata',
    PASSLINE_OPEN_BOARD: 'true',
    METRICS_TOKEN: 'sixteen-signs-of-prometheus',
    PASSLINE_FORGET_AFTER_HOURS: '48',
    PASSLINE_KEEP_DAYS: '30',
    ALERT_WEBHOOK_URL: 'https://alerts.example/hook?key=1',
    HEARTBEAT_URL: 'https://hc.example/ping',
    LOG_LEVEL: 'warn',
    SOMETHING_ELSE: 'does not matter',
  })
  assert.deepEqual(config, {
    port: 0,
    host: '127.0.0.1',
    publicUrl: 'https://board.example',
    tls: { certificate: '/etc/certificate.pem', key: '/etc/key.pem' },
    trustedProxies: nobody,
    databaseUrl: 'file:/var/lib/passline.db',
    redisUrl: null,
    dataFolder: '/var/lib',
    secretKey: Buffer.alloc(32, 0xfb),
    webhookToken: 'sixteen-letters-or-more',
    firstManager: { email: 'olive@example.com', password: 'correct horse battery' },
    timeZone: 'Asia/Kolkata',
    isBoardOpen: true,
    metricsToken: 'sixteen-signs-of-prometheus',
    keepPeopleMs: 48 * 3_600_000,
    keepFactsMs: 30 * 24 * 3_600_000,
    alertUrl: 'https://alerts.example/hook?key=1',
    heartbeatUrl: 'https://hc.example/ping',
    logLevel: 'warn',
  })
})

test('one message lists each setting that is not usable, and what was expected', () => {
  const bad = {
    PORT: 'http',
    PUBLIC_URL: 'board.example',
    TLS_CERT_FILE: '/etc/certificate.pem',
    TRUSTED_PROXIES: 'the proxy',
    DATABASE_URL: 'mysql://localhost',
    REDIS_URL: 'memcached://localhost',
    PASSLINE_SECRET_KEY: 'secret',
    PASSLINE_WEBHOOK_TOKEN: 'short',
    PASSLINE_MANAGER_EMAIL: 'olive',
    PASSLINE_MANAGER_PASSWORD: 'password1234',
    TIME_ZONE: 'Mars/Olympus',
    PASSLINE_OPEN_BOARD: 'true',
    PASSLINE_FORGET_AFTER_HOURS: 'never',
    PASSLINE_KEEP_DAYS: 'always',
    LOG_LEVEL: 'loud',
  }
  const lines = problem(bad).split('\n').slice(1)
  assert.deepEqual(lines.map((line) => line.trim().split(':')[0]).sort(), Object.keys(bad).sort())
  for (const line of lines) assert.match(line, /^ {2}[A-Z_]+: .{8,}/)
})

test('each bad value of a setting is refused by its name', () => {
  const cases: [string, string[]][] = [
    ['PORT', ['-1', '65536', '80.5', 'x']],
    ['PUBLIC_URL', ['ftp://board.example', '//board.example', 'x']],
    ['TRUSTED_PROXIES', ['10.0.0.0/33', 'proxy.example', '10.0.0.1;10.0.0.2', '*']],
    ['DATABASE_URL', ['passline.db', 'x', 'postgres://host:port/x', 'postgres:passline']],
    ['PASSLINE_SECRET_KEY', ['x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}!=`, 'a'.repeat(64)]],
    ['PASSLINE_WEBHOOK_TOKEN', ['x'.repeat(15), 'x'.repeat(201)]],
    ['PASSLINE_MANAGER_EMAIL', ['olive@example.com']],
    ['TIME_ZONE', ['Madrid', 'x']],
    ['PASSLINE_OPEN_BOARD', ['yes', '1']],
    ['PASSLINE_FORGET_AFTER_HOURS', ['0', '721', '1.5', 'x']],
    ['PASSLINE_KEEP_DAYS', ['1', '3651', 'x']],
    ['LOG_LEVEL', ['INFO', 'x']],
  ]
  for (const [name, values] of cases) {
    for (const value of values) {
      const lines = problem({ HOST: '127.0.0.1', [name]: value }).split('\n')
      assert.equal(lines.length, 2, `${name}=${value}`)
      assert.ok(lines[1]?.startsWith(`  ${name}: `), lines[1])
    }
  }
})

test('the database may be at a PostgreSQL server: then the folder of this server is chosen apart', () => {
  for (const start of ['postgres', 'postgresql']) {
    const DATABASE_URL = `${start}://passline:secret@db.example:5432/passline`
    const { databaseUrl, dataFolder } = read({ DATABASE_URL, PASSLINE_DATA_FOLDER: '/var/lib/passline' })
    assert.deepEqual([databaseUrl, dataFolder], [DATABASE_URL, '/var/lib/passline'])
  }
  const beside = read({ DATABASE_URL: 'file:/srv/passline.db', PASSLINE_DATA_FOLDER: '/var/lib/passline' })
  assert.equal(beside.dataFolder, '/srv', 'a file has its own')
})

test('facts are kept for longer than people', () => {
  const hours = { PASSLINE_FORGET_AFTER_HOURS: '72' }
  assert.match(problem({ ...hours, PASSLINE_KEEP_DAYS: '3' }), /PASSLINE_KEEP_DAYS: .*PASSLINE_FORGET_AFTER_HOURS/)
  assert.equal(read({ ...hours, PASSLINE_KEEP_DAYS: '4' }).keepFactsMs, 4 * 24 * 3_600_000)
})

test('a token that no header can carry is refused', () => {
  for (const token of ['sixteen letters with spaces', 'sixteen-letters-ünd-more', 'sixteen-letters-and\tmore']) {
    assert.match(problem({ PASSLINE_WEBHOOK_TOKEN: token }), /PASSLINE_WEBHOOK_TOKEN/)
  }
})

test('a board is open for this machine alone', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'board.example']) {
    assert.match(problem({ PASSLINE_OPEN_BOARD: 'true', HOST: host }), /PASSLINE_OPEN_BOARD: .*HOST/)
  }
  for (const host of ['127.0.0.1', '::1', 'localhost'])
    assert.ok(read({ PASSLINE_OPEN_BOARD: 'true', HOST: host }).isBoardOpen)
})

test('a message never repeats a secret', () => {
  assert.ok(!problem({ PASSLINE_WEBHOOK_TOKEN: 'my-own-secret' }).includes('my-own-secret'))
  assert.ok(!problem({ DATABASE_URL: 'postgres://me:my-own-secret@host:x/' }).includes('my-own-secret'))
})

test('several servers share one PostgreSQL database and one key, or are refused', () => {
  const shared = {
    DATABASE_URL: 'postgres://passline:secret@db.example/passline',
    PASSLINE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  }
  for (const REDIS_URL of ['redis://cache.example', 'rediss://passline:secret@cache.example:6380/1']) {
    assert.equal(read({ ...shared, REDIS_URL }).redisUrl, REDIS_URL)
    const lines = problem({ REDIS_URL }).split('\n').slice(1)
    assert.deepEqual(lines, [
      '  REDIS_URL: expected DATABASE_URL to be a PostgreSQL server: only one server can have an embedded database',
      '  PASSLINE_SECRET_KEY: expected the same key for all servers that REDIS_URL joins (openssl rand -base64 32)',
    ])
  }
  for (const REDIS_URL of ['cache.example:6379', 'http://cache.example', 'x']) {
    assert.match(problem({ ...shared, REDIS_URL }), /^ {2}REDIS_URL: expected redis:/m)
  }
})
