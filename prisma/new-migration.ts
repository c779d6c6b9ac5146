/** `npm run migration -- NAME`: writes the migrations that lead from the last ones to models.prisma, for both databases. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { migratePostgres, postgresMigrations } from '#server/store/postgres/migrate.ts'
import { sqliteAdapter } from '#server/store/sqlite/connection.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { describingAdapter } from './describing-adapter.ts'
import { startPostgres } from './private-postgres.ts'
import { sqlTowardsSchema } from './schema-engine.ts'

const name = process.argv[2]
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('usage: npm run migration -- NAME   (small letters, digits and _)')
  process.exit(2)
}
const folderName = `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`

async function write(migrations: string, adapter: SqlMigrationAwareDriverAdapterFactory): Promise<void> {
  const sql = await sqlTowardsSchema(path.dirname(migrations), adapter)
  const folder = path.join(migrations, folderName)
  if (sql.includes('empty migration')) {
    console.log(`${path.relative('.', migrations)}: models.prisma and the migrations agree, nothing to do`)
  } else {
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'migration.sql'), sql)
    console.log(path.relative('.', path.join(folder, 'migration.sql')))
  }
}

const scratch = mkdtempSync(path.join(tmpdir(), 'passline-migration-'))
const server = await startPostgres({ fsync: 'off' })
try {
  const file = path.join(scratch, 'scratch.db')
  await migrate(file, migrationsFolder)
  await write(migrationsFolder, sqliteAdapter(file))
  await migratePostgres(server.url, postgresMigrations)
  await write(postgresMigrations, describingAdapter(server.url))
} finally {
  rmSync(scratch, { recursive: true })
  await server.remove()
}
// The engine keeps its connection until the process ends.
process.exit()
