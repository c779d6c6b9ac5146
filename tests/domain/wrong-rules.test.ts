import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type WrongRule, wrongRules } from '#tests/fixtures/wrong-rules.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const testFiles = ['sequences', 'fresh-lanes', 'properties', 'forget'] as const

/** A copy of the domain and its tests, in which rules can be broken; gone when the test is. */
async function copyOfDomain() {
  const folder = await mkdtemp(join(tmpdir(), 'passline-wrong-rule-'))
  for (const path of ['package.json', 'tsconfig.json', 'domain', 'tests/fixtures']) {
    await cp(join(root, path), join(folder, path), { recursive: true })
  }
  for (const name of testFiles) {
    const path = `tests/domain/${name}.test.ts`
    await cp(join(root, path), join(folder, path))
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Runs test files of a copy, or only the one test of them with that name, and what they answered. */
async function runTests(
  folder: string,
  names: readonly string[],
  only?: string,
): Promise<{ code: number | null; output: string }> {
  const { NODE_TEST_CONTEXT, ...env } = process.env
  const files = names.map((name) => `tests/domain/${name}.test.ts`)
  const pattern = only === undefined ? [] : [`--test-name-pattern=${only.replaceAll(/[^\w ]/g, '.')}`]
  const child = spawn(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=tap', ...pattern, ...files], {
    cwd: folder,
    env: { ...env, PROPERTY_RUNS: '400' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  return { code, output }
}

async function breakRule(folder: string, { file, from, to }: WrongRule): Promise<void> {
  const path = join(folder, 'domain', file)
  const source = await readFile(path, 'utf8')
  assert.equal(source.split(from).length, 2, `domain/${file} no longer holds this once: ${from}`)
  await writeFile(
    path,
    source.replace(from, () => to),
  )
}

describe('a wrong rule is found out', { concurrency: 2 }, () => {
  test('as it is, every test passes', async () => {
    await using copy = await copyOfDomain()
    const { code, output } = await runTests(copy.folder, testFiles)
    assert.equal(code, 0, output)
  })

  for (const wrong of wrongRules) {
    test(`${wrong.rule} (${wrong.file})`, async () => {
      await using copy = await copyOfDomain()
      await breakRule(copy.folder, wrong)
      const { code, output } = await runTests(copy.folder, [wrong.test], wrong.fails)
      assert.notEqual(code, 0, `nobody noticed: ${wrong.rule}`)
      const failed = [...output.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name]) => name?.replaceAll('\\', ''))
      assert.ok(failed.includes(wrong.fails), `failed, but not where expected: ${failed.join('; ')}\n${output}`)
    })
  }
})
