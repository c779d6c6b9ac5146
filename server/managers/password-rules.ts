/**
 * What a password must be: long, and hard to guess. No rule about its letters, none about its age.
 * Source: OWASP ASVS 5.0, V6.2; NIST SP 800-63B.
 */
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

export const passwordLength = { least: 12, most: 128 } as const

export type PasswordProblem = 'too_short' | 'too_long' | 'guessable'

/** Of zxcvbn's five, the first that stands an attack on a stolen, slow hash for long. */
const leastScore = 3

let known: ZxcvbnFactory | null = null

/** Read when it is first needed: forty thousand words. */
function estimator(): ZxcvbnFactory {
  known ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
  return known
}

/** @param about words that others know of its owner: name, e-mail address */
export function passwordProblem(password: string, about: readonly string[]): PasswordProblem | null {
  const { length } = password
  if (length < passwordLength.least) return 'too_short'
  if (length > passwordLength.most) return 'too_long'
  const words = ['passline', ...about.flatMap((one) => [one, ...one.split(/[\s@.]+/)])]
  return estimator().check(password, words).score < leastScore ? 'guessable' : null
}

export const passwordWords: Record<PasswordProblem, string> = {
  too_short: `expected at least ${passwordLength.least} characters`,
  too_long: `expected at most ${passwordLength.most} characters`,
  guessable: 'this can be guessed: expected several words, or more signs',
}
