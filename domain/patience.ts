/** How long a screen waits for what its server has not answered yet. */

/** Within five seconds of the end of any fault a board is whole again: no attempt may be waited for much longer. */
export const leastLineWithinMs = 2_500

/** Measured: of ten thousand that come back at once, while updates are taken, the last has its line after this for each. */
const eachMs = 1.7

const mostLineWithinMs = 20_000

/**
 * When a server stops, all of its screens come back to one at the same moment, and wait in line. One that gave up and
 * stood in line anew would be served by a server that is busy with those that gave up: where there are thousands, they
 * wait for as long as all of them take.
 *
 * @param screens that may come back at one moment
 * @returns how long a screen waits for its line to be opened, milliseconds
 */
export function lineWithinMs(screens: number): number {
  return Math.round(Math.min(mostLineWithinMs, leastLineWithinMs + screens * eachMs))
}
