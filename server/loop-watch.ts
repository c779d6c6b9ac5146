/**
 * Notices that the event loop was held up: by work that took too long, or because the process was stopped. What is
 * read right after that may have waited as long, and its sender may have given up.
 */

export type LoopWatch = {
  /** Whether what is read now may have waited for more than `tooLongMs`. */
  isBehind: () => boolean
  stop: () => void
}

const everyMs = 100

/** After being held up, what waited in sockets is read within this: connections are taken one in each turn. */
const catchUpMs = 500

/** @param onLag hears at each round how late it is, milliseconds */
export function watchLoop(tooLongMs: number, onLag: (lagMs: number) => void): LoopWatch {
  let roundAt = performance.now()
  let behindUntil = 0

  const lag = () => Math.max(0, performance.now() - roundAt - everyMs)

  const timer = setInterval(() => {
    const lagMs = lag()
    roundAt = performance.now()
    onLag(lagMs)
    if (lagMs > tooLongMs) behindUntil = roundAt + catchUpMs
  }, everyMs)

  // Input may be read before the round notices: then the last round is long ago.
  return {
    isBehind: () => performance.now() < behindUntil || lag() > tooLongMs,
    stop: () => clearInterval(timer),
  }
}
