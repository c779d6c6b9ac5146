/**
 * Prisma's own schema engine, compiled to WebAssembly: it compares schemas and databases without a download.
 * For development and tests; the server applies migrations by itself (server/store/sqlite/migrate.ts).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'

type Diff = { exitCode: number; stdout?: string | null }

const require = createRequire(import.meta.url)

/** Loaded once: the module that Prisma generated keeps views of the first instance's memory. */
let loaded: Promise<{ SchemaEngine: { new: (...parameters: unknown[]) => Promise<Engine> } }> | undefined

type Engine = {
  diff: (input: unknown) => Promise<Diff>
  applyMigrations: (input: unknown) => Promise<{ appliedMigrationNames: string[] }>
}

async function load() {
  const engineFolder = path.dirname(require.resolve('@prisma/schema-engine-wasm'))
  const bg = await import(path.join(engineFolder, 'schema_engine_bg.js'))
  const wasm = readFileSync(path.join(engineFolder, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bg })
  bg.__wbg_set_wasm(instance.exports)
  ;(instance.exports as { __wbindgen_start?: () => void }).__wbindgen_start?.()
  return bg
}

async function openEngine(schemaFolder: string, factory: SqlMigrationAwareDriverAdapterFactory): Promise<Engine> {
  loaded ??= load()
  const { SchemaEngine } = await loaded
  const files = schemaFiles(schemaFolder)
  return SchemaEngine.new(
    { datamodels: files.map(({ path: name, content }) => [name, content]) },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory),
  )
}

function schemaFiles(schemaFolder: string): { path: string; content: string }[] {
  const files = readdirSync(schemaFolder)
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => ({
      path: path.join(schemaFolder, name),
      content: readFileSync(path.join(schemaFolder, name), 'utf8'),
    }))
  const isSqlite = files.some(({ content }) => content.includes('provider = "sqlite"'))
  return isSqlite ? files.map((file) => ({ ...file, content: withIntegers(file.content) })) : files
}

/**
 * SQLite's INTEGER has 64 bits, and is the number of a row by itself; of BigInt the engine would make a BIGINT, which is
 * neither. So fields that grow without end are marked in models.prisma: BigInt for PostgreSQL and for who reads them.
 */
function withIntegers(schema: string): string {
  return schema.replace(/^.* BigInt .*\/\/ INTEGER in SQLite$/gm, (line) => line.replace(' BigInt ', ' Int '))
}

/** The SQL that leads from the tables of the given database to the schema; empty when they agree. */
export async function sqlTowardsSchema(
  schemaFolder: string,
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string> {
  const engine = await openEngine(schemaFolder, factory)
  const diff = await engine.diff({
    from: { tag: 'schemaDatasource', files: schemaFiles(schemaFolder), configDir: schemaFolder },
    to: { tag: 'schemaDatamodel', files: schemaFiles(schemaFolder) },
    script: true,
    shadowDatabaseUrl: null,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  return diff.stdout ?? ''
}

/** Applies with Prisma's own engine what it finds missing in the given database; answers the names of these migrations. */
export async function applyMissing(
  schemaFolder: string,
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string[]> {
  const engine = await openEngine(schemaFolder, factory)
  const baseDir = path.join(schemaFolder, 'migrations')
  const names = readdirSync(baseDir, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const applied = await engine.applyMigrations({
    migrationsList: {
      baseDir,
      lockfile: {
        path: 'migration_lock.toml',
        content: readFileSync(path.join(baseDir, 'migration_lock.toml'), 'utf8'),
      },
      migrationDirectories: names.map(({ name }) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok', value: readFileSync(path.join(baseDir, name, 'migration.sql'), 'utf8') },
        },
      })),
      shadowDbInitScript: '',
    },
    filters: { externalTables: [], externalEnums: [] },
  })
  return applied.appliedMigrationNames
}
