/** `npm run migration -- NAME`: writes the migration that leads from the last one to models.prisma. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sqliteAdapter } from '#server/store/sqlite/connection.ts'
import { migrate } from '#server/store/sqlite/migrate.ts'
import { sqlTowardsSchema } from './schema-engine.ts'

const name = process.argv[2]
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  console.error('usage: npm run migration -- NAME   (small letters, digits and _)')
  process.exit(2)
}
const schemaFolder = path.resolve('prisma/sqlite')
const migrationsFolder = path.join(schemaFolder, 'migrations')
const scratch = mkdtempSync(path.join(tmpdir(), 'passline-migration-'))
try {
  const file = path.join(scratch, 'scratch.db')
  await migrate(file, migrationsFolder)
  const sql = await sqlTowardsSchema(schemaFolder, sqliteAdapter(file))
  if (sql.includes('empty migration')) {
    console.log('models.prisma and the migrations agree: nothing to do')
  } else {
    const folder = path.join(migrationsFolder, `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`)
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'migration.sql'), sql)
    console.log(path.relative('.', path.join(folder, 'migration.sql')))
  }
} finally {
  rmSync(scratch, { recursive: true })
}
