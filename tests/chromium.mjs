/** Finds a Chromium for the tests, installing one where there is none. Plain JavaScript: it runs before all else. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright'

const ofTheSystem = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium']

/** What a browser needs as root and without a network. */
export const chromiumArguments = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @returns {string | null} the path of a Chromium: Playwright's own, else the system's */
export function findChromium() {
  return [chromium.executablePath(), ...ofTheSystem].find((file) => file && existsSync(file)) ?? null
}

/** Installs Chromium if none is found: from Debian's packages where there are any, else with Playwright's installer. */
export function ensureChromium() {
  if (findChromium()) return
  console.log('Installing Chromium …')
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const run = (...words) => spawnSync(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  const debian = () =>
    existsSync('/usr/bin/apt-get') &&
    run(...sudo, 'apt-get', 'update') &&
    run(...sudo, 'apt-get', 'install', '-y', '--no-install-recommends', 'chromium')
  if (!debian()) run('npx', 'playwright', 'install', 'chromium')
  if (!findChromium()) throw new Error('no Chromium was found, and none could be installed')
}
