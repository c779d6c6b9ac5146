/** What only one of several servers does, such as telling alarms: each asks for the duty, and one has it at a time. */
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Leases } from './store/leases.ts'

/** A server that is gone without a word is followed by another one within this time. */
export const dutyLastsMs = 15_000
const askEveryMs = 5_000

/** It ends here before it ends for the others: clocks run, and answers travel. */
const marginMs = 2_000

export type Duty = {
  isMine: () => boolean
  /** Gives it back. Never rejects. */
  stop: () => Promise<void>
}

/** @param leases null: there is only this server */
export async function startDuty(leases: Leases | null, log: Logger): Promise<Duty> {
  if (leases === null) return { isMine: () => true, stop: async () => {} }
  const holder = randomUUID()
  /** By the monotonic clock. */
  let mineUntil = 0
  let asking: Promise<void> = Promise.resolve()

  async function ask(): Promise<void> {
    const askedAt = performance.now()
    try {
      const isTaken = await leases?.take('duty', holder, dutyLastsMs)
      mineUntil = isTaken ? askedAt + dutyLastsMs - marginMs : 0
    } catch (error) {
      log.debug({ err: error }, 'who is on duty could not be asked')
    }
  }

  await ask()
  const timer = setInterval(() => {
    asking = ask()
  }, askEveryMs)
  return {
    isMine: () => performance.now() < mineUntil,
    stop: async () => {
      clearInterval(timer)
      await asking
      mineUntil = 0
      await leases
        .give('duty', holder)
        .catch((error: unknown) => log.debug({ err: error }, 'the duty was not given back'))
    },
  }
}
