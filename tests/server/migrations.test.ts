/** A migration must leave the version before it able to work: while one is installed, and when one must go back. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { readMigrations } from '#server/store/migrations.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'
import { stored } from '#tests/helpers/stored.ts'

/** No release was tagged before the next one: no installed version knew the tables that these took away. */
const lastOutsideTheRule = '20261126171816_managers'

const inTwoReleases = `Do it in two releases: the first adds the new table or column (with a default, or nullable), writes
both and reads the new one; the next one, when no installed version reads the old one, leaves it unused. What prisma
writes as "RedefineTables" is a drop and a rename too: write ALTER TABLE … ADD COLUMN by hand instead.`

const forbidden: [RegExp, string][] = [
  [/\bDROP\b/i, 'drops'],
  [/\bRENAME\b/i, 'renames'],
  [/\bADD\s+(?:COLUMN\s+)?(?!.*\bDEFAULT\b).*\bNOT\s+NULL\b/is, 'adds a NOT NULL column without a default'],
]

/** What a migration may not do, in words. */
function problemsOf(sql: string): string[] {
  const statements = sql.replace(/--.*$/gm, '').split(';')
  return statements.flatMap((statement) =>
    forbidden
      .filter(([pattern]) => pattern.test(statement))
      .map(([, does]) => `${does}: ${statement.trim().replace(/\s+/g, ' ').slice(0, 120)}`),
  )
}

test('no migration takes away what the version before it reads', () => {
  const folders = readdirSync('prisma').map((name) => path.join('prisma', name, 'migrations'))
  const migrations = folders.filter((folder) => existsSync(folder)).flatMap(readMigrations)
  assert.ok(migrations.length >= 3)
  for (const { name, sql } of migrations) {
    const problems = name > lastOutsideTheRule ? problemsOf(sql) : []
    assert.deepEqual(problems, [], `${name} ${problems.join('\n')}\n${inTwoReleases}`)
  }
})

test('that rule finds drops, renames, tables made anew and columns that must be filled, and nothing else', () => {
  for (const [sql, count] of [
    ['DROP INDEX "a";', 1],
    ['ALTER TABLE "a" DROP COLUMN "b";', 1],
    ['ALTER TABLE "a" RENAME COLUMN "b" TO "c";', 1],
    ['CREATE TABLE "new_a" ("id" TEXT NOT NULL);\nDROP TABLE "a";\nALTER TABLE "new_a" RENAME TO "a";', 2],
    ['ALTER TABLE "a" ADD COLUMN "b" TEXT NOT NULL;', 1],
    ['alter table a add b text not null', 1],
    ['ALTER TABLE "a" ADD COLUMN "b" BOOLEAN NOT NULL DEFAULT false;', 0],
    ['ALTER TABLE "a" ADD COLUMN "b" TEXT;', 0],
    ['-- DROP nothing\nCREATE TABLE "a" ("id" TEXT NOT NULL PRIMARY KEY);', 0],
  ] as const) {
    assert.equal(problemsOf(sql).length, count, sql)
  }
})

test('a table that a migration makes anew keeps what refers to it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-migrations-'))
  try {
    const [earlier, file] = [path.join(folder, 'migrations'), path.join(folder, 'passline.db')]
    const isBefore = (source: string) =>
      !/^\d/.test(path.basename(source)) || path.basename(source) < lastOutsideTheRule
    cpSync(migrationsFolder, earlier, { recursive: true, filter: isBefore })
    await migrate(file, earlier)
    const database = new Database(file)
    database.exec(`INSERT INTO screens (id, name, role, token_hash, every_location, created_at)
      VALUES ('s', 'Pass', 'kitchen', 'h', false, '2026-11-26T12:00:00.000Z')`)
    database.exec(`INSERT INTO screen_locations VALUES ('s', 'north')`)
    database.close()
    await migrate(file, migrationsFolder)
    assert.deepEqual(stored(file, 'SELECT * FROM screen_locations'), [{ screen_id: 's', location_id: 'north' }])
    assert.deepEqual(stored(file, 'PRAGMA foreign_key_check'), [])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
