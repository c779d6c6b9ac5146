'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { useTranslations } from 'use-intl'
import type { Asked } from '#components/account/ask.ts'
import { useAsk } from '#components/account/use-ask.ts'

type Failure = Exclude<Asked, { done: true }>

/** Asks for a command, after which the page is read again: what it shows is what the server knows. */
export function useCommand() {
  const t = useTranslations('manage.problem')
  const router = useRouter()
  const [isReading, startReading] = useTransition()
  const { send, isPending, problem, setProblem } = useAsk()
  const readAgain = () => startReading(() => router.refresh())

  /**
   * @param name noun and verb, as `screen/set`
   * @param say words for what only here can be wrong
   */
  function command(
    name: string,
    given: object,
    onDone: (result: Record<string, unknown>) => void,
    say: (failure: Failure) => string | null = () => null,
  ): void {
    const done = (result: Record<string, unknown>) => {
      onDone(result)
      readAgain()
    }
    void send(`manage/${name}`, given, done, (failure) => say(failure) ?? wordsOf(failure))
  }

  function wordsOf({ code, message }: Failure): string | null {
    if (code === 'wrong_shape') return t('form', { message })
    if (code !== 'conflict') return null
    readAgain()
    return t('changedMeanwhile')
  }

  return { command, isPending: isPending || isReading, problem, setProblem }
}
