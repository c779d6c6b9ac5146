/** What is done to the database as a whole: here, by the process of the command, with a server or without one. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { CommandResult } from '../administration.ts'
import type { Config } from '../config.ts'
import { databaseFile, isDatabaseAddress, isPostgres, makeDataFolder } from '../store/database-address.ts'
import { backUp } from '../store/sqlite/backup.ts'
import { lockDatabase } from '../store/sqlite/lock.ts'
import { migrate, migrationsFolder } from '../store/sqlite/migrate.ts'
import { restore } from '../store/sqlite/restore.ts'

/** Each command, and what follows it. */
const commands = {
  migrate: null,
  backup: 'a file',
  restore: 'a file',
  move: 'the address of the new database',
} as const

type WholeCommand = keyof typeof commands

export function isOfWholeDatabase(command: string): command is WholeCommand {
  return Object.hasOwn(commands, command)
}

/** @param given what follows the command: the file that a backup is written to or read from, or the new database */
export async function runOnWholeDatabase(
  command: WholeCommand,
  given: readonly string[],
  config: Config,
): Promise<CommandResult> {
  const expected = commands[command]
  const [place = ''] = given
  if (given.length !== (expected === null ? 0 : 1)) {
    return misused(given.length === 0 ? `${command}: expected ${expected}` : `unexpected: ${given.join(' ')}`)
  }
  if (command === 'move' && !(isPostgres(place) && isDatabaseAddress(place))) {
    return misused('move: expected postgres://<user>:<password>@<host>/<database>')
  }
  if (isPostgres(config.databaseUrl)) return runOnPostgres(command, config.databaseUrl)
  const file = databaseFile(config.databaseUrl)
  const backup = path.resolve(place)
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
      case 'move':
        if (!existsSync(file)) return failed(`there is no ${file}`)
        return await alone(file, () => moveTo(place, file, config))
      default:
        return command satisfies never
    }
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}

async function moveTo(databaseUrl: string, file: string, { secretKey, dataFolder }: Config) {
  const { move } = await import('../store/move.ts')
  const moved = await move(file, databaseUrl)
  const key = secretKey ? 'the same PASSLINE_SECRET_KEY' : `PASSLINE_DATA_FOLDER=${dataFolder}, where secret.key is`
  const next = `start the server with this database as DATABASE_URL, and with ${key}. Once it runs well, remove ${file}: nobody forgets the people in it any more`
  return { ...moved, next }
}

/** Servers may run beside it: a migration only adds. What copies the database comes with PostgreSQL. */
async function runOnPostgres(command: WholeCommand, databaseUrl: string): Promise<CommandResult> {
  if (command === 'move') return failed('move is from the embedded database, and DATABASE_URL is a PostgreSQL server')
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

function misused(message: string): CommandResult {
  return { done: false, reason: 'misused', message }
}

function failed(message: string): CommandResult {
  return { done: false, reason: 'failed', message }
}
