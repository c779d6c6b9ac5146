/** The migrations of a folder, and which of them a database lacks. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export type Migration = { name: string; sql: string; checksum: string }

export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, 'migration.sql')))
    .map((entry) => {
      const sql = readFileSync(path.join(folder, entry.name, 'migration.sql'), 'utf8')
      return { name: entry.name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/**
 * @param applied the checksums of the migrations that a database has, by name
 * @throws when it was migrated by a newer Passline, or an applied migration was edited
 */
export function missingOf(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const [name, checksum] of applied) {
    const migration = known.get(name)
    if (!migration) throw new Error(`the database knows a newer migration than this Passline: ${name}`)
    if (migration.checksum !== checksum) throw new Error(`the migration ${name} was edited after it was applied`)
  }
  return migrations.filter((migration) => !applied.has(migration.name))
}
