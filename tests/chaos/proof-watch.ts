/** Whether screens say that they are live only while they have proof. */
import assert from 'node:assert/strict'
import type { HeadlessScreen } from '#tests/helpers/headless-screen.ts'

const proofLastsMs = 10_000

/** What a screen may take to find out that its proof is too old. */
const tickMs = 800

export type ProofWatch = { assertHonest: () => void; looks: () => number; stop: () => void }

/** Looks ten times a second whether somebody says that it is live though its last answered question is too old. */
export function watchProof(headless: readonly HeadlessScreen[]): ProofWatch {
  const lies: string[] = []
  let looks = 0
  let lastLookAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    // A process that was held up itself could not have told either.
    const isLate = now - lastLookAt > 300
    lastLookAt = now
    if (isLate) return
    for (const { store, answeredAt } of headless) {
      looks += 1
      const { kind } = store.connection()
      const ageMs = now - (answeredAt() ?? 0)
      if ((kind === 'live' || kind === 'live-slow') && ageMs > proofLastsMs + tickMs) {
        lies.push(`a screen says ${kind}, and the question that was answered last was asked ${ageMs.toFixed(0)} ms ago`)
      }
    }
  }, 100)
  return {
    assertHonest: () => assert.deepEqual(lies, []),
    looks: () => looks,
    stop: () => clearInterval(timer),
  }
}
