/** docs/scaling.md is what its script computes, and its figures stand where they come from. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { addCounts, nothingCounted, waitAt } from '#tests/bench/scaling/counts.ts'
import { figureNames, figures, valuesOf } from '#tests/bench/scaling/figures.ts'
import { simulateHour } from '#tests/bench/scaling/hour.ts'
import { commitMs, jobsPerBatch, limitsOf, needsOf } from '#tests/bench/scaling/needs.ts'
import { parse } from '#tests/bench/scaling/scaling.ts'
import { marksOf, shown, tablesOf, withTables } from '#tests/bench/scaling/tables.ts'
import { check, verdictTable } from '#tests/bench/scaling/verdict.ts'

const text = readFileSync('docs/scaling.md', 'utf8')
const values = valuesOf()

test('the tables of the document are those of the script, all of them', () => {
  const tables = tablesOf(values)
  assert.deepEqual(marksOf(text).toSorted(), Object.keys(tables).toSorted())
  assert.equal(withTables(text, tables), text, 'npm run bench -- scaling --write')
})

test('what the document says in words is what follows', () => {
  const says = (words: string, holds: boolean) => {
    assert.ok(text.includes(words), `it says “${words}”`)
    assert.ok(holds, `“${words}” no longer follows from the figures`)
  }
  const isAbout = (found: number, said: number) => Math.abs(found / said - 1) < 0.15
  const [one, thousand, all, cell] = [1, 1_000, 100_000, values.locationsPerCell].map((count) => needsOf(values, count))
  assert.ok(one && thousand && all && cell)
  says('ten cells of five servers', all.cells === 10 && cell.servers === 5)
  says('a hundredth of its updates', isAbout(thousand.jobsPerSecond, values.updatesPerSecond * values.useAtMost * 0.01))
  says('two fifths of its screens', isAbout(thousand.screens, values.screensPerServer * values.useAtMost * 0.4))
  says('once in a minute', isAbout(one.jobsPerSecond * 60, 1))
  says('forty times', isAbout(one.beatsPerSecond * 60, 40))
  says('An update in a batch of its own', cell.jobsPerBatch < 1.1)
})

test('each measured figure stands in docs/measured.md, each that is set where it is set', () => {
  const isIn = (value: number, words: string) =>
    new RegExp(`(?<![\\d.])${value}(?![\\d.]*\\d)`).test(words.replaceAll(/[,_]/g, ''))
  for (const name of figureNames) {
    const { value, source } = figures[name]
    if (source.kind !== 'measured' && source.kind !== 'set') continue
    const file = source.kind === 'measured' ? 'docs/measured.md' : source.file
    assert.ok(readFileSync(file, 'utf8').includes(source.stands), `${file} says “${source.stands}”: ${name}`)
    assert.ok(isIn(value, source.stands), `“${source.stands}” holds ${value}: ${name}`)
  }
})

test('what is assumed says why', () => {
  for (const name of figureNames) {
    const { source } = figures[name]
    if (source.kind === 'assumed') assert.ok(source.because.length > 10, name)
  }
})

test('the arithmetic grows with the locations, and takes other numbers', () => {
  const [small, large] = [needsOf(values, 1_000), needsOf(values, 100_000)]
  for (const name of ['updatesPerSecond', 'rowsPerSecond', 'storedMib', 'beatsPerSecond'] as const) {
    assert.ok(Math.abs(large[name] / small[name] - 100) < 1e-6, name)
  }
  const { values: others, locations } = parse(['--orders-per-day', '80', '--locations', '500'])
  assert.equal(needsOf(others, 500).ordersPerHour, 2 * needsOf(values, 500).ordersPerHour)
  assert.deepEqual(locations, [500])
  assert.throws(() => parse(['--orders-per-day', 'many']), /must be a number/)
  assert.throws(() => parse(['--no-such-figure', '1']), /no-such-figure/)
})

test('at its limit each part is used as far as it may be, and not further', () => {
  for (const { what, locations } of limitsOf(values)) assert.ok(locations > 0, what)
  const screens = limitsOf(values).find(({ what }) => what === 'screens')?.locations ?? 0
  assert.equal(needsOf(values, screens).serversForScreens, 1)
  assert.equal(needsOf(values, screens + 1).serversForScreens, 2)
  const updates = limitsOf(values).find(({ what }) => what === 'updates')?.locations ?? 0
  assert.equal(needsOf(values, updates).serversForUpdates, 1)
  assert.equal(needsOf(values, updates + 1).serversForUpdates, 2)
})

test('a batch holds what came meanwhile, up to what can be taken at all', () => {
  assert.ok(Math.abs(jobsPerBatch(values, 1) - 1) < 0.01)
  const rate = 2_000
  const jobs = jobsPerBatch(values, rate)
  assert.ok(Math.abs(jobs - (rate * commitMs(values, jobs)) / 1_000) < 0.1)
  assert.equal(jobsPerBatch(values, 10_000), Number.POSITIVE_INFINITY)
})

test('numbers are shown to three figures, or whole', () => {
  assert.deepEqual([0.00992, 3.125, 147.4, 1_506.9, Number.POSITIVE_INFINITY].map(shown), [
    '0.00992',
    '3.13',
    '147',
    '1,507',
    'no end',
  ])
})

test('an hour of 200 locations is as the figures say', () => {
  const counts = nothingCounted()
  const settings = {
    ordersPerHour: values.ordersPerDay * values.peakHourShare,
    commitMs: (jobs: number) => commitMs(values, jobs),
  }
  // Two servers, so that their counts are added, too.
  for (const server of [0, 1]) addCounts(counts, simulateHour({ server, locations: 100, ...settings }))
  const checked = check(values, counts, 2, 2.5)
  assert.deepEqual(
    checked.filter(({ holds }) => !holds),
    [],
    verdictTable(checked),
  )
  assert.equal(
    counts.jobs,
    counts.jobsEachSecond.reduce((sum, one) => sum + one, 0),
  )
  assert.equal(counts.written.changes.rows, counts.changes.stream + counts.changes.staff + counts.changes.time)
  assert.equal(counts.written.receipts.rows, counts.updates.changed + counts.updates.repeated + counts.updates.late)
  assert.ok(waitAt(counts, 0.5) >= commitMs(values, 1) - 0.25)
})

test('when updates come faster than they are committed one by one, batches grow as computed', () => {
  // Commits are so many times slower, so that few restaurants are as many.
  const slower = 400
  const settings = { server: 7, locations: 30, ordersPerHour: 30 }
  const slowMs = (jobs: number) => slower * commitMs(values, jobs)
  const counts = simulateHour({ ...settings, commitMs: slowMs })
  const computed = jobsPerBatch(values, (slower * counts.jobs) / 3_600)
  assert.ok(computed > 2, `${computed}`)
  assert.ok(
    Math.abs(counts.jobs / counts.batches / computed - 1) < 0.1,
    `${counts.jobs / counts.batches} for ${computed}`,
  )
})
