/**
 * `npm test`: makes ready what tests need, runs all of them, and ends with "N passed, N failed" and the
 * names of the suites in which something failed.
 * `npm test -- NAME …` runs the suites of these names only.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { prepareServer } from '../server/prepare.mjs'
import { ensureCommands, ensurePostgres, ensureRedis } from './debian.mjs'

process.chdir(new URL('..', import.meta.url).pathname)
const scratch = mkdtempSync(path.join(tmpdir(), 'passline-results-'))
const total = { passed: 0, failed: 0 }
const failedIn = []

const bin = (name) => path.join('node_modules', '.bin', name)

function run(command, parameters, environment = {}) {
  const done = spawnSync(command, parameters, { stdio: 'inherit', env: { ...process.env, ...environment } })
  return done.status === 0
}

/** One check that passes or fails as a whole. */
function check(name, command, ...parameters) {
  return () => {
    const passed = run(command, parameters)
    return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, name }
  }
}

/** Node's own test runner over the test files of a folder; `first` names one that takes long, to go beside the others. */
function nodeTests(folder, first = '') {
  return () => {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.test.ts'))
      .sort((one, other) => Number(other === first) - Number(one === first))
      .map((name) => path.join(folder, name))
    const results = path.join(scratch, `${folder.replaceAll('/', '-')}.tap`)
    const succeeded = run(process.execPath, [
      '--import=tsx',
      '--test',
      '--test-concurrency=2',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${results}`,
      ...files,
    ])
    const tap = readFileSync(results, 'utf8')
    const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0)
    const failed = count('fail') + count('cancelled') + count('skipped') + count('todo')
    return { passed: count('pass'), failed: failed === 0 && !succeeded ? 1 : failed }
  }
}

/** Playwright over tests/e2e. */
function browserTests() {
  const results = path.join(scratch, 'playwright.json')
  const succeeded = run(bin('playwright'), ['test', '--config=tests/e2e/playwright.config.ts'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: results,
  })
  const { stats } = JSON.parse(readFileSync(results, 'utf8'))
  const failed = stats.unexpected + stats.flaky + stats.skipped
  return { passed: stats.expected, failed: failed === 0 && !succeeded ? 1 : failed }
}

const suites = {
  types: check('types', bin('tsc'), '--noEmit'),
  lint: check('lint', bin('biome'), 'check', '--error-on-warnings'),
  unused: check('unused', bin('knip')),
  size: check('size', bin('size-limit')),
  house: nodeTests('tests'),
  domain: nodeTests('tests/domain'),
  components: nodeTests('tests/components'),
  server: nodeTests('tests/server'),
  chaos: nodeTests('tests/chaos', 'last-mile.test.ts'),
  e2e: browserTests,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(suites, name))
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}. There are: ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}

prepareServer()
const { ensureChromium } = await import('./chromium.mjs')
ensureChromium()
ensureCommands({
  strace: 'strace',
  mount: 'mount',
  fsfreeze: 'util-linux',
  'mkfs.ext4': 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  openssl: 'openssl',
})
ensurePostgres()
ensureRedis()
try {
  for (const [name, suite] of Object.entries(suites)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    const startedAt = Date.now()
    const { passed, failed } = suite()
    total.passed += passed
    total.failed += failed
    if (failed > 0) failedIn.push(name)
    console.log(`\n${name}: ${passed} passed, ${failed} failed, ${Math.round((Date.now() - startedAt) / 1000)} s\n`)
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${total.passed} passed, ${total.failed} failed${failedIn.length > 0 ? `: ${failedIn.join(', ')}` : ''}`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
