/** Where the database is: in a file of ours, or at a PostgreSQL server. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'

export function isPostgres(databaseUrl: string): boolean {
  return /^postgres(ql)?:\/\//.test(databaseUrl)
}

export function isDatabaseAddress(text: string): boolean {
  return text.startsWith('file:') || (isPostgres(text) && URL.canParse(text))
}

/** The file of a `file:` address; relative ones stand in the working folder. */
export function databaseFile(databaseUrl: string): string {
  if (!databaseUrl.startsWith('file:')) throw new Error(`expected a file: address, got ${databaseUrl.split(':')[0]}:`)
  return path.resolve(databaseUrl.slice('file:'.length))
}

/**
 * The folder of what belongs to this server: its key, and the socket of its commands.
 * @param chosen for a database that is no file
 */
export function dataFolder(databaseUrl: string, chosen: string): string {
  return isPostgres(databaseUrl) ? path.resolve(chosen) : path.dirname(databaseFile(databaseUrl))
}

/** Makes that folder, for this user alone: people's data may be in it. */
export function makeDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}
