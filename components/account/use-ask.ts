'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type Asked, ask } from './ask.ts'

type Failure = Exclude<Asked, { done: true }>

/** What a form asks for: whether it is under way, and what went wrong, in words. */
export function useAsk() {
  const t = useTranslations('account')
  const [isPending, setIsPending] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  /** @param say words for what only this form can mean */
  async function send(
    path: string,
    body: object,
    onDone: (result: Record<string, unknown>) => void,
    say: (failure: Failure) => string | null = () => null,
  ): Promise<void> {
    setIsPending(true)
    setProblem(null)
    const asked = await ask(path, body)
    setIsPending(false)
    if (asked.done) onDone(asked.result)
    else setProblem(say(asked) ?? wordsOf(asked))
  }

  function wordsOf({ code, reason, message }: Failure): string {
    if (reason === 'too_short' || reason === 'too_long' || reason === 'guessable') return t(`password.${reason}`)
    if (code === 'offline' || code === 'too_many_attempts' || code === 'unauthorized' || code === 'forbidden')
      return t(`problem.${code}`)
    return message || t('problem.other')
  }

  return { send, isPending, problem, setProblem }
}
