/** Surprises of what is asked for over HTTP, turned into one answer in one place; nothing internal is told. */
import type { Logger } from 'pino'
import { type Answer, errorAnswer } from './answer.ts'

type Asked = (...given: never[]) => Promise<Answer>

/** @returns the same work, which never rejects: a database that does not answer now is answered too */
export function answeringSurprises(log: Logger) {
  return <Work extends Asked>(work: Work): Work => {
    const answering = async (...given: never[]): Promise<Answer> => {
      try {
        return await work(...given)
      } catch (error) {
        log.error({ err: error }, 'what was asked for could not be done')
        return errorAnswer('internal', 'this could not be done now; try again')
      }
    }
    return answering as Work
  }
}
