/**
 * Milliseconds since the page opened, by the larger of two clocks: the monotonic one may stand still while the
 * device sleeps, and the wall clock may be set back. Never goes back itself.
 */
export function createElapsed(
  monotonic: () => number = () => performance.now(),
  wall: () => number = () => Date.now(),
): () => number {
  let lastMonotonic = monotonic()
  let lastWall = wall()
  let elapsed = 0
  return () => {
    const nowMonotonic = monotonic()
    const nowWall = wall()
    // Step by step: a wall clock that jumped forward once must not hide that it stands behind ever after.
    elapsed += Math.max(nowMonotonic - lastMonotonic, nowWall - lastWall, 0)
    lastMonotonic = nowMonotonic
    lastWall = nowWall
    return elapsed
  }
}
