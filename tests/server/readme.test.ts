/** The README is true: its shell lines run, and its settings are the settings. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { settingNames } from '#server/config.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const readme = readFileSync('README.md', 'utf8')
const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts

const shellLines = [...readme.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)]
  .flatMap((block) => (block[1] ?? '').split('\n'))
  .map((line) => line.trim())
  .filter((line) => line !== '')

/**
 * Runs a line until it prints `until`, then interrupts it as Ctrl-C does, and waits for its end.
 * @returns what it printed after that; npm itself ends by the signal, whatever its script does
 */
async function runUntil(line: string, until: string, settings: Record<string, string>): Promise<string> {
  // A group of its own, interrupted as a whole: that is what a terminal does.
  const child: ChildProcess = spawn('bash', ['-c', `exec ${line}`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...settings },
  })
  const ended = once(child, 'exit')
  assert.ok(child.stdout && child.pid)
  let isInterrupted = false
  let after = ''
  for await (const printed of createInterface({ input: child.stdout })) {
    if (isInterrupted) after += `${printed}\n`
    if (!isInterrupted && printed.includes(until)) {
      isInterrupted = true
      process.kill(-child.pid, 'SIGINT')
    }
  }
  await ended
  return after
}

test('every shell line of the README is one that a test runs', () => {
  const run = ['npm start', 'npm run demo', 'npm test']
  for (const line of shellLines) {
    assert.ok(run.includes(line) || line.startsWith('npm run passline -- '), `no test runs: ${line}`)
  }
  // `npm test` is what runs this very line.
  assert.equal(scripts.test, 'node tests/run.mjs')
})

for (const [line, until] of [
  ['npm start', 'Webhook'],
  ['npm run demo', 'simulated restaurants are at work'],
] as const) {
  test(`"${line}" comes up, and Ctrl-C ends it cleanly`, async () => {
    assert.ok(shellLines.includes(line))
    const folder = mkdtempSync(path.join(tmpdir(), 'passline-readme-'))
    try {
      const settings = { PORT: '0', HOST: '127.0.0.1', DATABASE_URL: `file:${path.join(folder, 'passline.db')}` }
      assert.match(await runUntil(line, until, settings), /"stopped"/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

test('the commands of the README do what it says, beside a running server', async () => {
  await using server = await serverProcess()
  // Something to find, to read and to take: an update that came under the wrong type.
  await fetch(`${server.url}/api/webhooks/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'text/plain' },
    body: JSON.stringify(updated('north', 'one')),
  })
  const { refusals } = (await server.passline('refusals', 'list')) as { refusals: { id: string }[] }
  const lines = shellLines.filter((line) => line.startsWith('npm run passline -- '))
  assert.ok(lines.length >= 5)
  for (const line of lines) {
    const given = line.replace(/npm run passline -- | *#.*/g, '').replace('ID', refusals[0]?.id ?? '')
    const words = given.replace('--location L --order O', '--location north --order one').split(' ')
    const result = await server.passline(...words)
    const [noun = '', verb = ''] = words
    const keys: Record<string, Record<string, string>> = {
      refusals: { list: 'refusals', show: 'body', retry: 'taken' },
      manager: { add: 'link', link: 'link' },
      order: { hold: 'hold', release: 'released', erase: 'forgotten', export: 'receipts' },
    }
    const key = noun in keys ? keys[noun]?.[verb] : 'token'
    assert.ok(key && key in result, `${line} prints ${key}`)
  }
})

test('the README and .env.example name every setting and no other', () => {
  const table = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1])
  const example = [...readFileSync('.env.example', 'utf8').matchAll(/^(?:# )?([A-Z_]+)=/gm)].map((match) => match[1])
  assert.deepEqual(table.toSorted(), settingNames.toSorted())
  assert.deepEqual(example.toSorted(), settingNames.toSorted())
})

test('every file and script that the README names is there', () => {
  for (const [, name] of readme.matchAll(/`npm run ([a-z]+)/g)) assert.ok(name && name in scripts, `npm run ${name}`)
  for (const [, file] of readme.matchAll(/`((?:app|components|domain|server|prisma|tests)\/[\w./-]+\.\w+)`/g)) {
    assert.doesNotThrow(() => readFileSync(file ?? ''), `${file} is there`)
  }
})
