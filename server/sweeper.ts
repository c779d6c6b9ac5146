/** Lets time do its part: orders leave the board by changes of their own, made through the writer like any other. */
import type { Logger } from 'pino'
import { businessDayStartedAt } from '#domain/business-day.ts'
import { sweep } from '#domain/sweep.ts'
import { nextTurn } from './next-turn.ts'
import type { Job } from './store/batch.ts'
import type { Boards } from './store/boards.ts'
import type { Writer } from './store/writer.ts'

const everyMs = 10_000

/** A chain's boards are looked through a few at a time. */
const locationsAtOnce = 20

type Settings = {
  boards: Boards
  writer: Writer
  /** Whether it is on this server: of several, one sweeps. */
  isMine: () => boolean
  now: () => number
  log: Logger
}

export type Sweeper = { sweepAll: () => Promise<void>; stop: () => void }

export function startSweeper({ boards, writer, isMine, now, log }: Settings): Sweeper {
  let running: Promise<void> | null = null

  async function sweepLocations(): Promise<void> {
    const locations = await boards.locations()
    for (let from = 0; from < locations.length; from += locationsAtOnce) {
      const at = now()
      const places = locations.slice(from, from + locationsAtOnce).map(({ id, timeZone, dayStartMinutes }) => ({
        locationId: id,
        dayStartedAt: businessDayStartedAt(at, timeZone, dayStartMinutes),
      }))
      const startedAt = new Map(places.map(({ locationId, dayStartedAt }) => [locationId, dayStartedAt]))
      const due = await boards.dueForSweep(places, at)
      await Promise.all(
        due.map(({ locationId, orderId }) =>
          writer.record(sweepJob(locationId, orderId, at, startedAt.get(locationId) ?? 0)),
        ),
      )
      // Reading blocks: others have their turn in between.
      await nextTurn()
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

  const timer = setInterval(() => {
    if (isMine()) void sweepAll()
  }, everyMs)
  return { sweepAll, stop: () => clearInterval(timer) }
}

export function sweepJob(locationId: string, orderId: string, at: number, dayStartedAt: number): Job<null> {
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
