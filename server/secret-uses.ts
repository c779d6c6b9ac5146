/** Keeps when each secret of a credential was used last, so that one that nobody uses can be ended. */
import type { Job } from './store/batch.ts'
import type { Credentials, SecretUse } from './store/credentials.ts'
import type { Writer } from './store/writer.ts'

const keepEveryMs = 60_000

type Settings = { credentials: Pick<Credentials, 'takeUses'>; writer: Writer; now: () => number }

/** @returns `stop` keeps what was used last */
export function keepSecretUses({ credentials, writer, now }: Settings): { stop: () => Promise<void> } {
  async function keep(): Promise<void> {
    const uses = credentials.takeUses()
    if (uses.length > 0) await writer.record(jobOf(uses, now()))
  }
  const timer = setInterval(() => void keep(), keepEveryMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await keep()
    },
  }
}

/** What could not be stored is told again by the next use. */
function jobOf(uses: readonly SecretUse[], at: number): Job<null> {
  return {
    about: null,
    at,
    bytes: 100 * uses.length,
    isWebhook: false,
    uses,
    decide: () => ({ step: { kind: 'unchanged' }, answer: null }),
  }
}
