/**
 * While one server after the other gets a new version, the old ones go on, on tables that the new one has migrated. So the
 * store's suite of the last release runs, with its own code, on the tables of this version. Before there is a release, the
 * way it is done is tried with a next version that is made up.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

const databases = ['sqlite', 'postgres'] as const

/** What the suite needs of a version's own; the rest is what was built and installed. */
const sources = ['app', 'components', 'domain', 'prisma', 'server', 'tests', 'package.json', 'tsconfig.json']
const made = ['node_modules', '.next', 'build']

function git(...parameters: string[]): string {
  const { status, stdout } = spawnSync('git', parameters, { encoding: 'utf8' })
  return status === 0 ? stdout : ''
}

/** The newest release that this version comes after; null before the first, and where the history is not at hand. */
function lastRelease(): string | null {
  const here = new Set(git('tag', '--points-at', 'HEAD').split('\n'))
  const releases = git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-v:refname').split('\n').filter(Boolean)
  return releases.find((tag) => !here.has(tag)) ?? null
}

function done(cwd: string, command: string, ...parameters: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, parameters, { cwd, encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${parameters.join(' ')}\n${stdout}\n${stderr}`)
}

/** A folder with the code of a release, ready to run. */
function checkOut(release: string, folder: string): void {
  const archive = path.join(folder, 'release.tar')
  done('.', 'git', 'archive', `--output=${archive}`, release)
  done(folder, 'tar', '--extract', `--file=${archive}`)
  const lock = (place: string) => readFileSync(path.join(place, 'package-lock.json'), 'utf8')
  // Its pages are built there: not with packages from outside of it.
  if (lock(folder) === lock('.')) {
    cpSync('node_modules', path.join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  }
  done(
    folder,
    process.execPath,
    '--eval',
    `import('./server/prepare.mjs').then(({ prepareServer }) => prepareServer())`,
  )
}

/** A folder with the code of this version. */
function copyHere(folder: string): void {
  for (const name of sources) cpSync(name, path.join(folder, name), { recursive: true })
  for (const name of made) symlinkSync(path.resolve(name), path.join(folder, name))
}

/** @param options more of them, of Node's test runner */
function suiteIn(
  folder: string,
  databases: readonly string[],
  options: readonly string[] = [],
): { passed: number; output: string; isGood: boolean } {
  const files = databases.map((database) => `tests/server/store-${database}.test.ts`)
  const { NODE_TEST_CONTEXT: _ours, ...environment } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import=tsx', '--test', '--test-concurrency=1', '--test-reporter=tap', ...options, ...files],
    { cwd: folder, encoding: 'utf8', env: environment, maxBuffer: 64 * 1024 * 1024 },
  )
  const passed = Number(/^# pass (\d+)$/m.exec(stdout)?.[1] ?? 0)
  return { passed, output: `${stdout}\n${stderr}`, isGood: status === 0 }
}

/** The tables of a version that comes after the one in this folder. */
function addMigration(folder: string, database: string, sql: string): void {
  const migration = path.join(folder, 'prisma', database, 'migrations', '29990101000000_next')
  mkdirSync(migration, { recursive: true })
  writeFileSync(path.join(migration, 'migration.sql'), sql)
}

function scratch() {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-upgrade-'))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const added = `ALTER TABLE "orders" ADD COLUMN "hint" TEXT;
ALTER TABLE "locations" ADD COLUMN "weight" INTEGER NOT NULL DEFAULT 1;
CREATE TABLE "later" ("id" TEXT NOT NULL PRIMARY KEY);
CREATE INDEX "receipts_type_idx" ON "receipts"("type");`

test('the version that is installed works on the tables of the one that comes after it', () => {
  using place = scratch()
  const release = lastRelease()
  if (release === null) copyHere(place.folder)
  else checkOut(release, place.folder)
  for (const database of databases) {
    const migrations = path.join('prisma', database, 'migrations')
    cpSync(migrations, path.join(place.folder, migrations), { recursive: true })
    if (release === null) addMigration(place.folder, database, added)
  }
  const { passed, output, isGood } = suiteIn(place.folder, databases)
  assert.ok(isGood, `${release ?? 'this version'} on the tables of the next:\n${output}`)
  assert.ok(passed >= 2, output)
})

test('tables that take away what a version reads make its suite fail', () => {
  using place = scratch()
  copyHere(place.folder)
  addMigration(place.folder, 'sqlite', 'ALTER TABLE "orders" DROP COLUMN "facts";')
  // What could not begin leaves open what it had begun with.
  const options = ['--test-name-pattern=many concurrent updates', '--test-force-exit']
  const { output, isGood } = suiteIn(place.folder, ['sqlite'], options)
  assert.ok(!isGood, output)
  assert.match(output, /facts/)
})
