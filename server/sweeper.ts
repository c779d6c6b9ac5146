/** Lets time do its part: orders leave the board by changes of their own, made through the writer like any other. */
import type { Logger } from 'pino'
import { businessDayStartedAt } from '#domain/business-day.ts'
import { sweep } from '#domain/sweep.ts'
import type { Job } from './store/batch.ts'
import type { Boards } from './store/boards.ts'
import type { Writer } from './store/writer.ts'

const everyMs = 10_000

type Settings = { boards: Boards; writer: Writer; now: () => number; log: Logger }

export type Sweeper = { sweepAll: () => Promise<void>; stop: () => void }

export function startSweeper({ boards, writer, now, log }: Settings): Sweeper {
  let running: Promise<void> | null = null

  async function sweepLocations(): Promise<void> {
    for (const { id, timeZone, dayStartMinutes } of await boards.locations()) {
      const at = now()
      const dayStartedAt = businessDayStartedAt(at, timeZone, dayStartMinutes)
      const orderIds = await boards.dueForSweep(id, at, dayStartedAt)
      await Promise.all(orderIds.map((orderId) => writer.record(sweepJob(id, orderId, at, dayStartedAt))))
    }
  }

  /** Sweeps every location once; a second call while one runs waits for that one. Never rejects. */
  function sweepAll(): Promise<void> {
    running ??= sweepLocations()
      .catch((error: unknown) => log.error({ err: error }, 'the boards could not be swept'))
      .finally(() => {
        running = null
      })
    return running
  }

  const timer = setInterval(() => void sweepAll(), everyMs)
  return { sweepAll, stop: () => clearInterval(timer) }
}

function sweepJob(locationId: string, orderId: string, at: number, dayStartedAt: number): Job<null> {
  return {
    about: { locationId, orderId },
    at,
    bytes: 500,
    isWebhook: false,
    decide: ({ order, moment }) => {
      const swept = order && sweep(order, moment, dayStartedAt)
      if (!swept) return { step: { kind: 'unchanged' }, answer: null }
      return {
        step: { kind: 'changed', order: swept, by: 'time', facts: { left: swept.leftBoard?.why } },
        answer: null,
      }
    },
  }
}
