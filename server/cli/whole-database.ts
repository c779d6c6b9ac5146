/** What is done to the database as a whole: here, by the process of the command, with a server or without one. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { CommandResult } from '../administration.ts'
import type { Config } from '../config.ts'
import { databaseFile, isPostgres, makeDataFolder } from '../store/database-address.ts'
import { backUp } from '../store/sqlite/backup.ts'
import { lockDatabase } from '../store/sqlite/lock.ts'
import { migrate, migrationsFolder } from '../store/sqlite/migrate.ts'
import { restore } from '../store/sqlite/restore.ts'

const commands = ['migrate', 'backup', 'restore'] as const

type WholeCommand = (typeof commands)[number]

export function isOfWholeDatabase(command: string): command is WholeCommand {
  return commands.some((one) => one === command)
}

/** @param files what follows the command: the file that a backup is written to or read from */
export async function runOnWholeDatabase(
  command: WholeCommand,
  files: readonly string[],
  config: Config,
): Promise<CommandResult> {
  if (files.length !== (command === 'migrate' ? 0 : 1)) {
    const message = files.length === 0 ? `${command}: expected a file` : `unexpected: ${files.join(' ')}`
    return { done: false, reason: 'misused', message }
  }
  if (isPostgres(config.databaseUrl)) return runOnPostgres(command, config.databaseUrl)
  const file = databaseFile(config.databaseUrl)
  const backup = path.resolve(files[0] ?? '')
  try {
    switch (command) {
      case 'migrate':
        return await alone(file, async () => ({ applied: await migrate(file, migrationsFolder) }))
      case 'backup':
        return { done: true, result: backUp(file, backup) }
      case 'restore':
        // Found out before anything is made for a database that will not come.
        if (!existsSync(backup)) return failed(`there is no ${backup}`)
        return await alone(file, () => restore(backup, file, migrationsFolder, new Date()))
      default:
        return command satisfies never
    }
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}

/** Servers may run beside it: a migration only adds. What copies the database comes with PostgreSQL. */
async function runOnPostgres(command: WholeCommand, databaseUrl: string): Promise<CommandResult> {
  if (command !== 'migrate') {
    const program = command === 'backup' ? 'pg_dump' : 'pg_restore'
    return failed(`${command} is for the embedded database; for PostgreSQL use ${program} (docs/operations.md)`)
  }
  try {
    const { migratePostgres, postgresMigrations } = await import('../store/postgres/migrate.ts')
    return { done: true, result: { applied: await migratePostgres(databaseUrl, postgresMigrations) } }
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}

/** Does what no server may run beside. */
async function alone(file: string, work: () => Promise<Record<string, unknown>>): Promise<CommandResult> {
  makeDataFolder(path.dirname(file))
  const lock = lockDatabase(file)
  if (!lock) return failed('a server has the database open; stop it first')
  try {
    return { done: true, result: await work() }
  } finally {
    lock.release()
  }
}

function failed(message: string): CommandResult {
  return { done: false, reason: 'failed', message }
}
