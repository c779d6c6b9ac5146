/** docs/security.md is true of this tree: its numbers add up, and what it cites is there. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const text = readFileSync('docs/security.md', 'utf8')
const table = text.slice(text.indexOf('## Requirements'), text.indexOf('## Not met, and why'))
const rows = table.split('\n').filter((line) => /^\| V\d/.test(line))

const numbersIn = (line: string) => line.match(/V\d+\.\d+\.\d+/g) ?? []

/** The names of a file's tests; of one that is made of parts, from its beginning. */
const testsIn = (source: string) =>
  [...source.matchAll(/\b(?:test|it)\(\s*(['"`])(.+?)\1/g)].map(([, , name = '']) => name)

test('every requirement stands once, and the counts at the top are the table’s', () => {
  const own = rows.map((row) => numbersIn(row)[0] ?? '')
  const others = table.split('\n').filter((line) => line.startsWith('Do not apply: '))
  const notApplying = others.flatMap(numbersIn)
  const all = [...own, ...notApplying]
  assert.equal(new Set(all).size, all.length)
  const inPart = rows.filter((row) => row.includes('| **Part** ')).length
  const notMet = rows.filter((row) => row.includes('| **Not** ')).length
  const counts = [...text.matchAll(/^\| (\d+ requirements|do not apply|met|met in part|not met)[^|]*\| (\d*) ?\|$/gm)]
  assert.deepEqual(counts.map(([, , count]) => Number(count)).slice(-4), [
    notApplying.length,
    rows.length - inPart - notMet,
    inPart,
    notMet,
  ])
  assert.match(text, new RegExp(`\\| ${all.length} requirements of level 1 and 2 \\|`))
})

test('every file and test that it cites is there', () => {
  const cited = [...text.matchAll(/`([\w./-]+)` “([^”…]+)”/g)]
  assert.ok(cited.length > 100)
  for (const [, name = '', title = ''] of cited) {
    const file = name.endsWith('.ts') ? name : `tests/${name}.${name.startsWith('e2e/') ? 'spec' : 'test'}.ts`
    const isThere = testsIn(readFileSync(file, 'utf8')).some((one) => one.startsWith(title))
    assert.ok(isThere, `${file} has no test “${title}”`)
  }
  for (const [, file = ''] of text.matchAll(/`((?:server|components|app|domain|prisma|tests)\/[\w[\]./-]+\.\w+)`/g)) {
    assert.ok(existsSync(file), `${file} is there`)
  }
})

test('every gap names exactly the requirements that lead to it', () => {
  const gaps = [...text.matchAll(/^\| <a id="gap-(\d+)"><\/a>(\d+) \|([^|]*)\|.*$/gm)]
  assert.ok(gaps.length > 0)
  for (const row of rows) {
    const isWhole = !/\| \*\*(Part|Not)\*\* /.test(row)
    assert.equal(row.includes('(#gap-'), !isWhole, `${numbersIn(row)[0]} leads to a gap`)
  }
  for (const [, id, number, named = ''] of gaps) {
    assert.equal(id, number)
    const leading = rows.filter((row) => row.includes(`(#gap-${id})`)).map((row) => numbersIn(row)[0])
    assert.ok(leading.length > 0, `gap ${id} is of some requirement`)
    assert.deepEqual(numbersIn(named).toSorted(), leading.toSorted(), `gap ${id}`)
  }
  const known = new Set(gaps.map(([, id]) => id))
  for (const [, shown, id] of text.matchAll(/\[gap (\d+)\]\(#gap-(\d+)\)/g)) {
    assert.equal(shown, id)
    assert.ok(known.has(id), `gap ${id}`)
  }
})
