/**
 * What staff tap beside the updates. Nobody has measured it: how often is an assumption, what a tap does is decided as it
 * always is.
 */
import { laneOf } from '#domain/lane.ts'
import { type Order, openProblems, takerOf } from '#domain/order.ts'
import type { StaffAction } from '#domain/protocol.ts'
import type { Random } from '#domain/simulation/random.ts'

const minuteMs = 60_000

export type Tap = {
  at: number
  name: 'ready' | 'hand-over' | 'seen'
  /** Of the problem that is seen. */
  problem: number
}

/** How often each is tapped where it could be, and after how many minutes. */
const habits = {
  ready: { share: 0.6, minutes: [8, 20] },
  handOver: { share: 0.8, minutes: [0.5, 3] },
  handOverToGuest: { share: 0.8, minutes: [2, 9] },
  seen: { share: 0.95, minutes: [0.2, 2] },
} as const

/**
 * The taps that a change brings about.
 * @param order as it is after the change
 * @param at when the change was made, epoch milliseconds
 */
export function tapsAfter(order: Order, at: number, random: Random): Tap[] {
  const tap = (name: Tap['name'], habit: keyof typeof habits, problem = 0): Tap[] => {
    const { share, minutes } = habits[habit]
    if (!random.chance(share)) return []
    return [{ at: at + random.between(minutes[0], minutes[1]) * minuteMs, name, problem }]
  }
  const isNew = order.firstSeenAt === at
  const lane = laneOf(order)
  const entersLane = order.laneSince === at
  const raised = openProblems(order).find((problem) => problem.seq === order.seq)
  return [
    ...(isNew && lane === 'preparing' ? tap('ready', 'ready') : []),
    ...(entersLane && lane === 'driver_here' ? tap('hand-over', 'handOver') : []),
    ...(entersLane && lane === 'ready' && takerOf(order) === 'guest' ? tap('hand-over', 'handOverToGuest') : []),
    ...(raised ? tap('seen', 'seen', raised.seq) : []),
  ]
}

/** @param seenSeq of the order that the person looks at */
export function actionOf({ name, problem }: Tap, actionId: string, seenSeq: number): StaffAction {
  return name === 'seen' ? { name, actionId, seenSeq, problem } : { name, actionId, seenSeq }
}
