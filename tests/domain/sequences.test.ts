import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { laneOf } from '#domain/lane.ts'
import type { Order } from '#domain/order.ts'
import { factsOf, play, readSequences } from '#tests/fixtures/sequence-table.ts'
import { sequences } from '#tests/fixtures/sequences.ts'

describe('what comes, and what an order is after it', () => {
  for (const { name, timeZone, rows } of readSequences(sequences)) {
    test(name, () => {
      let order: Order | null = null
      let at = Date.parse('2026-06-10T12:00:00Z')
      rows.forEach((row, index) => {
        const before: Order | null = order
        const played = play(before, row, at, timeZone)
        const factOf = factsOf(played.order)
        const where = `row ${index + 1}, ${row.comes}`
        assert.deepEqual(
          { outcome: played.outcome, lane: laneOf(played.order), matters: row.matters.map(factOf) },
          { outcome: row.outcome, lane: row.lane, matters: row.matters },
          where,
        )
        if (played.outcome.startsWith('changed')) {
          assert.equal(played.order.seq, (before?.seq ?? 0) + 1, `${where}: a change takes the next seq`)
        } else {
          assert.equal(played.order, before, `${where}: no change leaves the order as it is`)
        }
        order = played.order
        at = played.at
      })
    })
  }
})
