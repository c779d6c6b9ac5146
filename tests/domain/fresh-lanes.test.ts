import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { laneOf } from '#domain/lane.ts'
import { openProblems } from '#domain/order.ts'
import { deliveryStatuses, statuses } from '#domain/stream-words.ts'
import { freshLanes } from '#tests/fixtures/fresh-lanes.ts'
import { orderAfter, statusUpdate } from '#tests/fixtures/play.ts'

type Cell = { status: string; deliveryStatus: string; lane: string }

/** Every cell of the grids; a grid is a header and its rows, a blank line ends it. */
function cellsOf(grids: string): Cell[] {
  return grids
    .trim()
    .split('\n\n')
    .flatMap((grid) => {
      const [header = [], ...rows] = grid.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
      return rows.flatMap(([deliveryStatus = '', ...lanes]) =>
        lanes.map((lane, index) => ({ status: header[index + 1] ?? '', deliveryStatus, lane })),
      )
    })
}

const wordOf = (cell: string) => (cell === '-' ? undefined : cell)

/** The lane as the grid writes it: `!kind` for one open problem. */
function laneAfter(status: string | undefined, deliveryStatus: string | undefined): string {
  const order = orderAfter([statusUpdate(status, deliveryStatus)])
  if (!order) return 'no order'
  const open = openProblems(order).map((problem) => problem.kind)
  return laneOf(order) === 'attention' ? `!${open.join('!')}` : [laneOf(order), ...open].join('!')
}

describe('the lane of a fresh order', () => {
  const cells = cellsOf(freshLanes)

  test('the reviewed table holds every pair once', () => {
    const pairs = new Set(cells.map((cell) => `${cell.status} ${cell.deliveryStatus}`))
    const expected = ['-', ...statuses].flatMap((status) =>
      ['-', ...deliveryStatuses].map((deliveryStatus) => `${status} ${deliveryStatus}`),
    )
    assert.equal(cells.length, 128)
    assert.deepEqual([...pairs].sort(), expected.sort())
  })

  for (const deliveryStatus of ['-', ...deliveryStatuses]) {
    test(`delivery status ${deliveryStatus}, whatever the status`, () => {
      const row = cells.filter((cell) => cell.deliveryStatus === deliveryStatus)
      const found = row.map((cell) => ({
        ...cell,
        lane: laneAfter(wordOf(cell.status), wordOf(cell.deliveryStatus)),
      }))
      assert.deepEqual(found, row)
    })
  }
})
