import assert from 'node:assert/strict'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { nextTurn } from '#server/next-turn.ts'
import type { WriteThread } from '#server/store/write-thread.ts'
import { hears } from '#tests/helpers/hears.ts'
import { holdLock, stored } from '#tests/helpers/stored.ts'
import { testWriter } from '#tests/helpers/test-writer.ts'
import { assertSequences } from '#tests/helpers/whole.ts'

const storedAs = (answer: number) => ({ kind: 'stored', answer })

test('a commit that fails, and would leave its connection inside the transaction, loses nothing that comes after', async () => {
  await using place = await testWriter()
  const { writer, file } = place
  assert.deepEqual(await writer.record(hears('one', 'a')), storedAs(1))
  // A constraint that is only looked at by COMMIT: all statements work, and COMMIT fails with the transaction open.
  const other = new Database(file)
  other.exec(`
    CREATE TABLE nobody (id INTEGER PRIMARY KEY);
    CREATE TABLE poison (id INTEGER REFERENCES nobody (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER poisoned AFTER INSERT ON receipts WHEN NEW.type = 'poison'
      BEGIN INSERT INTO poison VALUES (1); END;`)
  other.close()
  for (let round = 0; round < 3; round += 1) {
    const poisoned = await writer.record(hears('one', `poison ${round}`, 'poison'))
    assert.deepEqual(poisoned, { kind: 'not-stored', reason: 'refused' })
    assert.deepEqual(await writer.record(hears('one', `b ${round}`)), storedAs(round + 2))
    // Read by another connection: it is in the file, and not only in a transaction that was never committed.
    const receipts = stored(file, 'SELECT body FROM receipts ORDER BY id').map((row) => row.body)
    assert.deepEqual(receipts, ['a', ...Array.from({ length: round + 1 }, (_, index) => `b ${index}`)])
  }
  assert.equal(writer.failure(), null, 'it was the update’s fault')
  assertSequences(file)
})

test('a poisoned update fails alone, whatever batch it is in', async () => {
  await using place = await testWriter()
  const { writer, file } = place
  await writer.record(hears('one', 'a'))
  const other = new Database(file)
  other.exec(`CREATE TRIGGER poisoned AFTER INSERT ON receipts WHEN NEW.type = 'poison'
    BEGIN SELECT RAISE(ABORT, 'constraint of a test'); END;`)
  other.close()
  const jobs = [hears('two', 'a'), hears('three', 'a', 'poison'), hears('two', 'b'), hears('four', 'a')]
  const recorded = await Promise.all(jobs.map((job) => writer.record(job)))
  assert.deepEqual(
    recorded.map((one) => (one.kind === 'stored' ? one.answer : one.reason)),
    [2, 'refused', 3, 4],
  )
  assertSequences(file)
})

test('a commit whose answer was lost is found in the file: it is answered, published, and goes on from there', async () => {
  let isLost = true
  const losing = (thread: WriteThread): WriteThread => ({
    ...thread,
    transact: async (...parameters) => {
      const ended = await thread.transact(...parameters)
      return isLost ? { kind: 'away', reason: 'the answer was lost' } : ended
    },
  })
  await using place = await testWriter(losing)
  const { writer, file, published } = place
  const recorded = await Promise.all([writer.record(hears('one', 'a')), writer.record(hears('two', 'a'))])
  assert.deepEqual(recorded, [storedAs(1), storedAs(2)])
  assert.deepEqual(
    published.map(({ seq, order }) => [seq, order.id]),
    [
      [1, 'one'],
      [2, 'two'],
    ],
  )
  assert.equal(writer.failure(), null)
  isLost = false
  assert.deepEqual(await writer.record(hears('one', 'b')), storedAs(3))
  assertSequences(file)
})

test('a transaction that never came to its commit is told so, and the next ones are stored', async () => {
  let isAway = true
  const failing = (thread: WriteThread): WriteThread => ({
    ...thread,
    transact: (wanted, until, chain, decided) =>
      isAway
        ? thread.transact(wanted, until, chain, (found) => {
            decided(found)
            return null
          })
        : thread.transact(wanted, until, chain, decided),
  })
  await using place = await testWriter(failing)
  const { writer, file, published } = place
  assert.deepEqual(await writer.record(hears('one', 'a')), { kind: 'not-stored', reason: 'refused' })
  assert.deepEqual(published, [])
  isAway = false
  assert.deepEqual(await writer.record(hears('one', 'a')), storedAs(1))
  assertSequences(file)
})

test('rows decided on a head that has moved are refused by the database, and decided anew', async () => {
  await using place = await testWriter()
  const { writer, file } = place
  await writer.record(hears('one', 'a'))
  // Nobody else may write; if somebody does all the same, nothing is lost and no seq is given twice.
  const other = new Database(file)
  other.exec(`UPDATE locations SET head = 2 WHERE id = 'north';
    INSERT INTO changes (location_id, order_id, seq, at, "by", facts) VALUES ('north', 'x', 2, '2026', 'time', '{}')`)
  other.close()
  const recorded = await Promise.all([writer.record(hears('one', 'b')), writer.record(hears('two', 'a'))])
  assert.deepEqual(recorded, [storedAs(3), storedAs(4)])
})

/** A thread that tells when a transaction is decided while another one is being written. */
function watched() {
  let tell = () => {}
  const areTwoUnderWay = new Promise<void>((resolve) => {
    tell = resolve
  })
  let isWriting = 0
  const wrap = (thread: WriteThread): WriteThread => ({
    ...thread,
    transact: async (wanted, until, chain, decide) => {
      const ended = await thread.transact(wanted, until, chain, (found) => {
        const rows = decide(found)
        isWriting += 1
        if (isWriting === 2) tell()
        return rows
      })
      isWriting -= 1
      return ended
    },
  })
  return { wrap, areTwoUnderWay }
}

test('while a batch waits for the disk the next is decided on it, and both are stored in their order', async () => {
  const { wrap, areTwoUnderWay } = watched()
  await using place = await testWriter(wrap)
  const { writer, file, published } = place
  const lock = holdLock(file)
  const first = [writer.record(hears('one', 'a')), writer.record(hears('two', 'completed'))]
  await nextTurn()
  await nextTurn()
  // Of an order that is not on disk yet, of one that has left the board since, and of a new one.
  const second = ['one', 'two', 'three'].map((id) => writer.record(hears(id, 'b')))
  await areTwoUnderWay
  lock.release()
  assert.deepEqual(await Promise.all(first), [storedAs(1), storedAs(2)])
  const answers = await Promise.all(second)
  assert.deepEqual(
    answers.map((one) => one.kind),
    ['stored', 'stored', 'stored'],
  )
  assert.deepEqual(
    published.map(({ seq }) => seq),
    published.map((_, index) => index + 1),
  )
  assertSequences(file)
  assert.deepEqual(
    stored(file, 'SELECT body FROM receipts ORDER BY id').map(({ body }) => body),
    ['a', 'completed', 'b', 'b', 'b'],
  )
})

test('what was decided on a batch that the database refuses is decided anew', async () => {
  const { wrap, areTwoUnderWay } = watched()
  await using place = await testWriter(wrap)
  const { writer, file, published } = place
  const other = new Database(file)
  other.exec(`CREATE TRIGGER poisoned AFTER INSERT ON receipts WHEN NEW.type = 'poison'
    BEGIN SELECT RAISE(ABORT, 'constraint of a test'); END;`)
  other.close()
  const lock = holdLock(file)
  const first = [writer.record(hears('one', 'a', 'poison')), writer.record(hears('two', 'a'))]
  await nextTurn()
  await nextTurn()
  const second = [writer.record(hears('one', 'b')), writer.record(hears('two', 'b'))]
  await areTwoUnderWay
  lock.release()
  assert.deepEqual(await Promise.all([...first, ...second]), [
    { kind: 'not-stored', reason: 'refused' },
    storedAs(1),
    storedAs(2),
    storedAs(3),
  ])
  assert.deepEqual(
    published.map(({ seq, order }) => [seq, order.id]),
    [
      [1, 'two'],
      [2, 'one'],
      [3, 'two'],
    ],
  )
  assertSequences(file)
})
