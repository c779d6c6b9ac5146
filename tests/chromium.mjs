/** Finds a Chromium for the tests, installing one where there is none. Plain JavaScript: it runs before all else. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright'
import { installFromDebian } from './debian.mjs'

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
  if (!installFromDebian('chromium')) {
    spawnSync('npx', ['playwright', 'install', 'chromium'], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  if (!findChromium()) throw new Error('no Chromium was found, and none could be installed')
}
