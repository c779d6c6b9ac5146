/** The product as its users run it, by nothing but another DATABASE_URL. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresDatabase } from '#tests/helpers/databases.ts'
import { ask } from '#tests/helpers/postgres.ts'
import { run } from '#tests/helpers/program.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

type Board = { seq: number; orders: { id: string }[] }

test('the real server on PostgreSQL takes a webhook, shows it on the board, and still does after a restart', async () => {
  await using place = await postgresDatabase()
  await using server = await serverProcess(place.settings)
  const screen = await server.addScreen('kitchen', 'north')
  const board = async () => {
    const headers = { authorization: `Bearer ${screen.token}` }
    return (await (await fetch(`${server.url}/api/locations/north/board`, { headers })).json()) as Board
  }
  assert.deepEqual(await server.post(updated('north', 'one')), { outcome: 'changed', seq: 1 })
  const shown = await board()
  assert.deepEqual([shown.seq, shown.orders.map(({ id }) => id)], [1, ['one']])
  await server.stop()
  await server.start()
  const again = await board()
  assert.deepEqual([again.seq, again.orders], [1, shown.orders])
  await server.stop('SIGKILL')
  await server.start()
  assert.deepEqual(await server.post(updated('north', 'one')), { outcome: 'repeated', seq: 1 })
  assert.deepEqual(await server.post(updated('north', 'two')), { outcome: 'changed', seq: 2 })
})

test('the commands work on PostgreSQL, beside the server and without it, but those that copy a file', async () => {
  await using place = await postgresDatabase()
  const server = await serverProcess(place.settings)
  await server.post(updated('north', 'one'))
  await server.passline('location', 'set', 'north', '--name', 'North')
  await server.stop()
  try {
    const { locations } = (await server.passline('location', 'list')) as { locations: { name: string }[] }
    assert.deepEqual(
      locations.map(({ name }) => name),
      ['North'],
    )
    assert.deepEqual(await server.passline('migrate'), { applied: [] })
    const environment = { TIME_ZONE: 'UTC', ...place.settings }
    for (const [words, program] of [
      [['backup', 'copy.db'], 'pg_dump'],
      [['restore', 'copy.db'], 'pg_restore'],
    ] as const) {
      const { code, stderr } = await run('passline', words, environment)
      assert.equal(code, 1)
      assert.match(stderr, new RegExp(`is for the embedded database; for PostgreSQL use ${program}`))
    }
  } finally {
    await server[Symbol.asyncDispose]()
  }
})

test('the tables may stand in a schema of their own', async () => {
  await using place = await postgresDatabase()
  await ask(place.url, 'CREATE SCHEMA kitchen')
  await using server = await testServer({
    settings: { ...place.settings, DATABASE_URL: `${place.url}?schema=kitchen` },
  })
  assert.deepEqual((await server.post(updated('north', 'one'))).json, { outcome: 'changed', seq: 1 })
  await server.passline.store.locations.set('north', { name: 'North' })
  assert.equal((await server.passline.store.boards.order('north', 'one'))?.id, 'one')
  const tables = await ask(
    place.url,
    "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('orders', 'locations')",
  )
  assert.deepEqual(tables, [{ schemaname: 'kitchen' }])
})
