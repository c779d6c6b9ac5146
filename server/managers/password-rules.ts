/**
 * What a password must be: long, and hard to guess. No rule about its letters, none about its age.
 * Source: OWASP ASVS 5.0, V6.2; NIST SP 800-63B.
 */
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

export const passwordLength = { least: 12, most: 128 } as const

export type PasswordProblem = 'too_short' | 'too_long' | 'guessable'

/** The highest of zxcvbn's five: ten thousand million guesses, each of them a slow hash. */
const leastScore = 4

/** Words that come to mind first in this trade. */
const trade =
  'passline restaurant restaurante pizzeria pizza burger kebab sushi taco cafe bar bistro grill kitchen cocina counter manager owner driver courier delivery pickup orders menu doordash uber ubereats grubhub deliveroo stream'.split(
    ' ',
  )

let known: ZxcvbnFactory | null = null

/** Read when it is first needed: fifty thousand passwords that people choose. */
function estimator(): ZxcvbnFactory {
  known ??= new ZxcvbnFactory({ dictionary: { ...dictionary, trade }, graphs: adjacencyGraphs })
  return known
}

/** @param about words that others know of its owner: name, e-mail address */
export function passwordProblem(password: string, about: readonly string[]): PasswordProblem | null {
  const { length } = password
  if (length < passwordLength.least) return 'too_short'
  if (length > passwordLength.most) return 'too_long'
  const words = about.flatMap((one) => [one, ...one.split(/[\s@.]+/)])
  return estimator().check(password, words).score < leastScore ? 'guessable' : null
}

export const passwordWords: Record<PasswordProblem, string> = {
  too_short: `expected at least ${passwordLength.least} characters`,
  too_long: `expected at most ${passwordLength.most} characters`,
  guessable: 'this can be guessed: expected several words, or more signs',
}
