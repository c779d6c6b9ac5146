/** Where a PostgreSQL server's programs are. Plain JavaScript over Node's own modules, for it runs before anything is installed. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'

/**
 * The folder of the newest ones; a client's alone are none.
 * @returns {string | null} null: there are none on this machine
 */
export function postgresPrograms() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : []
  const places = [
    ...versions.map((version) => path.join(debian, version, 'bin')),
    spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim() ?? '',
  ]
  return places.find((place) => place !== '' && existsSync(path.join(place, 'initdb'))) ?? null
}
