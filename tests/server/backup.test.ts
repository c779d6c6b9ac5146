/** A backup is taken while updates come, and put back: screens and senders go on from there. */
import assert from 'node:assert/strict'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import type { Snapshot } from '#domain/board.ts'
import type { OrderView } from '#domain/order-view.ts'
import { readMigrations } from '#server/store/migrations.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { assertShows, type HeadlessScreen, headlessScreen, isLive, untilStore } from '#tests/helpers/headless-screen.ts'
import { dataFolder, type Environment, run } from '#tests/helpers/program.ts'
import { readLocation } from '#tests/helpers/screens.ts'
import { type ServerProcess, serverProcess } from '#tests/helpers/server-process.ts'
import { countOf, stored } from '#tests/helpers/stored.ts'
import { updated } from '#tests/helpers/webhooks.ts'
import { assertWhole } from '#tests/helpers/whole.ts'

const places = ['north', 'south']

const environmentOf = ({ databaseFile }: { databaseFile: string }): Environment => ({
  DATABASE_URL: `file:${databaseFile}`,
})

const beside = (server: { databaseFile: string }, name: string) => path.join(path.dirname(server.databaseFile), name)

/** What a command says that must fail. */
async function refusal(environment: Environment, ...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('passline', parameters, environment)
  assert.deepEqual([code, stdout], [1, ''], stderr)
  return stderr
}

async function boardsOf(server: ServerProcess, token: string): Promise<Snapshot<OrderView>[]> {
  return Promise.all(
    places.map(async (place) => (await readLocation(server, token, place)).json as Snapshot<OrderView>),
  )
}

/** Waits until the screen is live with what the server has now. */
async function endsRight(server: ServerProcess, screen: HeadlessScreen, token: string): Promise<Snapshot<OrderView>[]> {
  const boards = await boardsOf(server, token)
  const keys = (orders: readonly OrderView[]) => JSON.stringify(orders.map(({ id, seq }) => `${id} ${seq}`).sort())
  const wanted = keys(boards.flatMap(({ orders }) => orders))
  await untilStore(screen.store, () => isLive(screen) && keys(screen.store.orders()) === wanted)
  assertShows(screen, boards)
  return boards
}

/** Posts one update after the other on four connections, until it is told to end. */
function load(server: ServerProcess) {
  const posted: { body: object; at: number }[] = []
  let isOver = false
  const waiting: { count: number; resolve: () => void }[] = []
  const sender = async () => {
    while (!isOver) {
      const number = posted.length
      const body = updated(places[number % 2] ?? '', `order ${number}`)
      posted.push({ body, at: Date.now() })
      await server.post(body)
      for (const { count, resolve } of waiting) if (posted.length >= count) resolve()
    }
  }
  const senders = Promise.all(Array.from({ length: 4 }, sender))
  return {
    posted,
    more: (count: number) =>
      new Promise<void>((resolve) => void waiting.push({ count: posted.length + count, resolve })),
    end: async () => {
      isOver = true
      await senders
    },
  }
}

test('a backup under load is one moment; restored, screens follow it, and what is sent again is taken', async () => {
  await using server = await serverProcess()
  const { token } = await server.addScreen('kitchen', ...places)
  const { token: readerToken } = await server.addScreen('counter', ...places)
  const screen = headlessScreen(server.url, token)
  try {
    const sent = load(server)
    await sent.more(40)
    const backup = beside(server, 'copy.db')
    const { bytes, changes } = await server.passline('backup', backup)
    await sent.more(40)
    await sent.end()
    const before = await endsRight(server, screen, readerToken)

    assert.equal(bytes, statSync(backup).size)
    assert.equal(changes, countOf(backup, 'changes'))
    assert.ok(
      Number(changes) >= 40 && Number(changes) <= sent.posted.length - 40,
      `${changes} of ${sent.posted.length}`,
    )
    assert.equal(statSync(backup).mode & 0o777, 0o600)
    assertWhole(backup)
    assert.match(await refusal(environmentOf(server), 'restore', backup), /server has the database open/)

    await server.stop()
    const restored = await server.passline('restore', backup)
    assert.deepEqual([restored.changes, restored.applied], [changes, []])
    await server.start()
    const after = await endsRight(server, screen, readerToken)
    const headsOf = (boards: Snapshot<OrderView>[]) => boards.map(({ seq }) => seq).reduce((one, other) => one + other)
    assert.equal(headsOf(after), changes)
    assert.ok(headsOf(after) < headsOf(before))

    const outcomes = []
    for (const { body } of sent.posted) outcomes.push((await server.post(body)).outcome)
    assert.equal(outcomes.filter((outcome) => outcome === 'repeated').length, changes)
    assert.equal(outcomes.filter((outcome) => outcome === 'changed').length, sent.posted.length - Number(changes))
    await endsRight(server, screen, readerToken)
    assert.equal(screen.store.orders().length, sent.posted.length)

    const { entries } = (await server.passline('audit', 'list')) as { entries: Record<string, unknown>[] }
    assert.deepEqual(
      entries.filter(({ action }) => action === 'restore').map(({ by, about }) => [by, about]),
      [['command line', { backup }]],
    )
  } finally {
    screen.stop()
  }
})

test('a backup of what a killed server left has all of it, and a restore keeps what it replaces', async () => {
  await using server = await serverProcess()
  await server.post(updated('north', 'one'))
  const backup = beside(server, 'copy.db')
  assert.equal((await server.passline('backup', backup)).changes, 1)
  await server.post(updated('north', 'two'))
  await server.stop('SIGKILL')
  assert.ok(statSync(`${server.databaseFile}-wal`).size > 0)
  assert.equal((await server.passline('backup', beside(server, 'later.db'))).changes, 2)

  const { replaced } = await server.passline('restore', backup)
  assert.match(String(replaced), /passline\.db\.replaced-\d{8}T\d{6}Z$/)
  const left = readdirSync(path.dirname(server.databaseFile)).filter((name) => /restoring|partial|\.db-/.test(name))
  assert.deepEqual(left, [])
  assert.equal(countOf(String(replaced), 'changes'), 2)
  assert.equal(countOf(server.databaseFile, 'changes'), 1)
  await server.start()
  assert.equal((await server.post(updated('north', 'two'))).outcome, 'changed')
})

test('a backup without a server, put into an empty folder, is migrated to this version', async () => {
  using data = dataFolder()
  using other = dataFolder()
  assert.match(
    await refusal(data.environment, 'backup', path.join(data.folder, 'copy.db')),
    /there is no .*passline\.db/,
  )
  const earlier = path.join(data.folder, 'migrations')
  const isEarlier = (source: string) => !/^\d/.test(path.basename(source)) || path.basename(source).endsWith('_init')
  cpSync(migrationsFolder, earlier, { recursive: true, filter: isEarlier })
  mkdirSync(path.dirname(data.databaseFile))
  await migrate(data.databaseFile, earlier)
  const backup = path.join(data.folder, 'copy.db')
  const taken = await run('passline', ['backup', backup], data.environment)
  assert.deepEqual([taken.code, taken.stderr], [0, ''])
  assert.match(taken.stdout, /^file: \/\S+\nbytes: \d+\nchanges: 0\n$/)

  const { code, stdout } = await run('passline', ['restore', backup, '--json'], other.environment)
  assert.equal(code, 0)
  const { applied, replaced } = JSON.parse(stdout) as { applied: string[]; replaced: null }
  assert.deepEqual([applied.length, replaced], [readMigrations(migrationsFolder).length - 1, null])
  assert.deepEqual(stored(other.databaseFile, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
  const modes = [path.dirname(other.databaseFile), other.databaseFile].map((file) => statSync(file).mode & 0o777)
  assert.deepEqual(modes, [0o700, 0o600])
})

test('a backup goes over no file, and leaves none behind when it fails', async () => {
  using data = dataFolder()
  assert.equal((await run('passline', ['migrate'], data.environment)).code, 0)
  const taken = path.join(data.folder, 'taken')
  writeFileSync(taken, 'somebody needs it')
  assert.match(await refusal(data.environment, 'backup', taken), /exists already/)
  assert.equal(readFileSync(taken, 'utf8'), 'somebody needs it')
  await refusal(data.environment, 'backup', path.join(data.folder, 'no', 'such', 'folder'))
  assert.deepEqual(readdirSync(data.folder).sort(), ['data', 'taken'])
  for (const wrong of [['backup'], ['restore'], ['backup', 'a', 'b'], ['migrate', 'a']]) {
    assert.equal((await run('passline', wrong, data.environment)).code, 2, wrong.join(' '))
  }
})

test('what is no backup, is damaged or of a newer version is refused, and the database stays', async () => {
  using data = dataFolder()
  assert.equal((await run('passline', ['migrate'], data.environment)).code, 0)
  const before = readFileSync(data.databaseFile)
  const folder = path.join(data.folder, 'backups')
  mkdirSync(folder)
  const file = (name: string) => path.join(folder, name)

  writeFileSync(file('text'), 'this is no database'.repeat(100))
  writeFileSync(file('empty'), '')
  new Database(file('foreign')).exec('CREATE TABLE changes (id)').close()
  copyFileSync(data.databaseFile, file('newer'))
  new Database(file('newer'))
    .exec(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', '29990101000000_later')`)
    .close()
  writeFileSync(file('cut'), before.subarray(0, before.length - 4096 * 5))
  const damaged = Buffer.from(before)
  damaged.fill(0xff, 4096 * 6, 4096 * 9)
  writeFileSync(file('damaged'), damaged)

  for (const [name, told] of [
    ['none', /there is no/],
    ['text', /is no database of Passline/],
    ['empty', /is no database of Passline/],
    ['foreign', /is no database of Passline/],
    ['newer', /newer migration.*29990101000000_later/],
    ['cut', /is damaged/],
    ['damaged', /is damaged/],
  ] as const) {
    assert.match(await refusal(data.environment, 'restore', file(name)), told, name)
  }
  assert.deepEqual(readFileSync(data.databaseFile), before)
  assert.deepEqual(readdirSync(path.dirname(data.databaseFile)).sort(), ['passline.db', 'passline.db.lock'])
  assert.ok(!existsSync(file('none')))
})
