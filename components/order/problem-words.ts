/** What staff are told to do about a problem, by its kind and by where the food is. */
import type { Tone } from '#components/ui/mark.tsx'
import type { OrderView, ProblemView } from '#domain/order-view.ts'
import { answersOf } from '#domain/problem.ts'

export type Answer = (typeof answersOf)[keyof typeof answersOf][number]

export type ProblemText =
  | `problem.cancelled.${'preparing' | 'ready' | 'preparingHere' | 'readyHere' | 'gone'}`
  | `problem.failed.${'delivery' | 'order'}`
  | `problem.given_to_other.${'another' | 'finding'}`
  | `problem.${'no_driver' | 'not_collected' | 'driver_left' | 'coming_back' | 'back'}.text`

/** Nobody in the house has it any more. */
export function hasLeft(order: OrderView): boolean {
  return order.isGone || order.handedOver !== null
}

function cancelledText(order: OrderView): ProblemText {
  if (hasLeft(order)) return 'problem.cancelled.gone'
  if (order.kitchen === 'ready') return order.isHere ? 'problem.cancelled.readyHere' : 'problem.cancelled.ready'
  return order.isHere ? 'problem.cancelled.preparingHere' : 'problem.cancelled.preparing'
}

export function problemText(order: OrderView, problem: ProblemView): ProblemText {
  switch (problem.kind) {
    case 'cancelled':
      return cancelledText(order)
    case 'failed':
      return hasLeft(order) ? 'problem.failed.delivery' : 'problem.failed.order'
    case 'given_to_other': {
      const isAnotherNamed = order.driver !== null && !order.driver.released && order.driver.name !== null
      return isAnotherNamed ? 'problem.given_to_other.another' : 'problem.given_to_other.finding'
    }
    case 'no_driver':
    case 'not_collected':
    case 'driver_left':
    case 'coming_back':
    case 'back':
      return `problem.${problem.kind}.text`
    default:
      return problem.kind satisfies never
  }
}

/** Attention that stops hands is late, attention that asks for a look is soon, what has already left is calm. */
export function problemTone(order: OrderView): Tone {
  if (order.attentionRank === 0) return 'late'
  return order.attentionRank <= 2 ? 'soon' : 'calm'
}

export function openProblems(order: OrderView): ProblemView[] {
  return order.problems.filter((problem) => problem.seen === null)
}

/** What staff can answer, and the words for it. Of food that has left, nobody asks whether it was made. */
export function offeredAnswers(order: OrderView, { kind }: ProblemView): { answer: Answer; words: Answer }[] {
  if (kind === 'cancelled' && hasLeft(order)) return [{ answer: 'already_made', words: 'seen' }]
  return answersOf[kind].map((answer) => ({ answer, words: answer }))
}

export type Badge = 'no_driver' | 'not_collected' | 'driver_left' | 'coming_back' | 'not_made' | 'already_made'

/** What staff have seen and still hold true; what the story itself closed says nothing any more. */
export function badgesOf(order: OrderView): Badge[] {
  const badges = order.problems.flatMap((problem): Badge[] => {
    const answer = problem.seen?.answer
    if (answer === undefined || answer === 'closed') return []
    switch (problem.kind) {
      case 'cancelled':
        return !hasLeft(order) && (answer === 'already_made' || answer === 'not_made') ? [answer] : []
      case 'coming_back':
        return order.end === null ? ['coming_back'] : []
      case 'no_driver':
      case 'not_collected':
      case 'driver_left':
        return order.end === null && !order.isGone && (order.driver === null || order.driver.released)
          ? [problem.kind]
          : []
      case 'failed':
      case 'given_to_other':
      case 'back':
        return []
      default:
        return problem.kind satisfies never
    }
  })
  return [...new Set(badges)]
}
