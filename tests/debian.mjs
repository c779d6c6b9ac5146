/** Installs what tests need from Debian's packages. Plain JavaScript: it runs before all else. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { postgresPrograms } from '../prisma/postgres-programs.mjs'

/** @returns {boolean} false where there are no Debian packages, or they could not be installed */
export function installFromDebian(...packages) {
  if (!existsSync('/usr/bin/apt-get')) return false
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const run = (...words) => spawnSync(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  return (
    run(...sudo, 'apt-get', 'update') &&
    run(...sudo, 'apt-get', 'install', '-y', '--no-install-recommends', ...packages)
  )
}

/** Installs commands that are missing; `packages` names the package of each. */
export function ensureCommands(packages) {
  const missing = Object.keys(packages).filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  if (missing.length === 0) return
  console.log(`Installing ${missing.join(', ')} …`)
  if (!installFromDebian(...new Set(missing.map((name) => packages[name])))) {
    throw new Error(`tests need ${missing.join(', ')}, which could not be installed`)
  }
}

/** Installs a Redis server where there is none. */
export function ensureRedis() {
  ensureCommands({ 'redis-server': 'redis-server' })
}

/** Installs a PostgreSQL server's programs where there are none. */
export function ensurePostgres() {
  if (postgresPrograms()) return
  console.log('Installing PostgreSQL …')
  if (!installFromDebian('postgresql')) throw new Error('tests need PostgreSQL, which could not be installed')
}
