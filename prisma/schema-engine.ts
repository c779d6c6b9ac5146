/**
 * Prisma's own schema engine, compiled to WebAssembly: it compares schemas and databases without a download.
 * For development and tests; the server applies migrations by itself (server/store/migrate.ts).
 */
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { bindMigrationAwareSqlAdapterFactory, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'

type Diff = { exitCode: number; stdout?: string | null }

const require = createRequire(import.meta.url)

async function openEngine(schemaFolder: string, factory: SqlMigrationAwareDriverAdapterFactory) {
  const engineFolder = path.dirname(require.resolve('@prisma/schema-engine-wasm'))
  const bg = await import(path.join(engineFolder, 'schema_engine_bg.js'))
  const wasm = readFileSync(path.join(engineFolder, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bg })
  bg.__wbg_set_wasm(instance.exports)
  ;(instance.exports as { __wbindgen_start?: () => void }).__wbindgen_start?.()
  const files = schemaFiles(schemaFolder)
  return bg.SchemaEngine.new(
    { datamodels: files.map(({ path: name, content }) => [name, content]) },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory),
  )
}

export function schemaFiles(schemaFolder: string): { path: string; content: string }[] {
  return readdirSync(schemaFolder)
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => ({ path: path.join(schemaFolder, name), content: readFileSync(path.join(schemaFolder, name), 'utf8') }))
}

/** The SQL that leads from the tables of the given database to the schema; empty when they agree. */
export async function sqlTowardsSchema(
  schemaFolder: string,
  factory: SqlMigrationAwareDriverAdapterFactory,
): Promise<string> {
  const engine = await openEngine(schemaFolder, factory)
  const diff: Diff = await engine.diff({
    from: { tag: 'schemaDatasource', files: schemaFiles(schemaFolder), configDir: schemaFolder },
    to: { tag: 'schemaDatamodel', files: schemaFiles(schemaFolder) },
    script: true,
    shadowDatabaseUrl: null,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  return diff.stdout ?? ''
}
