import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '#server/log.ts'
import type { Client } from '#server/store/database.ts'
import { closeClient, openClient } from '#server/store/postgres/clients.ts'
import { createReadHistory } from '#server/store/postgres/history.ts'
import { migratedPostgres } from '#tests/helpers/databases.ts'
import { ask } from '#tests/helpers/postgres.ts'

const log = createLog('silent')

test('a database that is away for a moment has the same history afterwards, as every server tells it', async () => {
  await using place = await migratedPostgres()
  const reader = openClient(place.url, 'reads')
  let isAway = false
  const breaking = {
    $queryRawUnsafe: (sql: string) => {
      if (!isAway) return reader.$queryRawUnsafe(sql)
      // Back before it is asked again.
      isAway = false
      return Promise.reject(new Error('Connection terminated unexpectedly'))
    },
  } as Client
  const [read, ofAnother] = [createReadHistory(breaking, log), createReadHistory(reader, log)]
  const history = await read()
  isAway = true
  await assert.rejects(read(), /terminated/)
  assert.equal(await read(), history)
  assert.equal(await ofAnother(), history)
  await closeClient(reader)
})

test('a role that may not ask for the line of time goes by the tables, and finds them brought back from a copy', async () => {
  await using place = await migratedPostgres()
  const role = `asker_${process.pid}_${Date.now()}`
  await ask(place.url, `CREATE ROLE ${role} LOGIN`)
  const own = new URL(place.url)
  own.username = role
  const reader = openClient(own.href, 'reads')
  try {
    await ask(place.url, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`)
    await ask(place.url, 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC')
    const read = createReadHistory(reader, log)
    const history = await read()
    assert.match(history, /^\d+ \d+ \d+$/)
    assert.equal(await read(), history)
    await ask(place.url, 'CREATE TABLE copy AS TABLE orders')
    await ask(place.url, 'TRUNCATE orders')
    assert.notEqual(await read(), history)
  } finally {
    await closeClient(reader)
    await ask(place.url, `DROP OWNED BY ${role}`)
    await ask(place.url, `DROP ROLE ${role}`)
  }
})
