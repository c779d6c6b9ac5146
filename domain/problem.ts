/** Raising, closing and answering problems. */
import type { Order, Problem, ProblemKind } from './order.ts'
import { currentAssignment, orderWith } from './order.ts'

/** Who answers a problem that a later step of the same story closed. */
export const byItself = 'passline'

/** The answers that staff can give, per kind. The first is what a plain "Seen" means. */
export const answersOf = {
  cancelled: ['not_made', 'already_made'],
  failed: ['done'],
  no_driver: ['seen'],
  not_collected: ['seen'],
  driver_left: ['seen'],
  given_to_other: ['make_again', 'bag_is_here'],
  coming_back: ['seen'],
  back: ['bag_received'],
} as const satisfies Record<ProblemKind, readonly string[]>

/** The gravest first: one change raises one problem, and its seq names it. */
const gravity: ProblemKind[] = [
  'cancelled',
  'failed',
  'back',
  'coming_back',
  'given_to_other',
  'not_collected',
  'no_driver',
  'driver_left',
]

/**
 * The order with the gravest of `kinds` raised at `seq`.
 * The same kind again in the same driver's turn raises none, unless the story had closed it by going on.
 */
export function raise(order: Order, kinds: ReadonlySet<ProblemKind>, at: number, seq: number): Order {
  const assignment = currentAssignment(order).id
  const isRaised = (kind: ProblemKind) =>
    order.problems.some(
      (known) => known.kind === kind && known.assignment === assignment && known.seen?.by !== byItself,
    )
  const kind = gravity.find((candidate) => kinds.has(candidate) && !isRaised(candidate))
  if (kind === undefined) return order
  const problem: Problem = { kind, seq, at, assignment, seen: null }
  return orderWith(order, { problems: [...order.problems, problem] })
}

/** The order with its open problems of these kinds closed by the story's going on. */
export function close(order: Order, kinds: readonly ProblemKind[], at: number): Order {
  const isClosed = (problem: Problem) => problem.seen === null && kinds.includes(problem.kind)
  if (!order.problems.some(isClosed)) return order
  const seen = { at, by: byItself, answer: 'closed' }
  return orderWith(order, {
    problems: order.problems.map((problem) => (isClosed(problem) ? { ...problem, seen } : problem)),
  })
}

/** The order with one problem answered. */
export function answer(order: Order, seq: number, seen: NonNullable<Problem['seen']>): Order {
  return orderWith(order, {
    problems: order.problems.map((problem) => (problem.seq === seq ? { ...problem, seen } : problem)),
  })
}
