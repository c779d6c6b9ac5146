'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Tap, TapResult } from '#components/live/screen.ts'
import type { OrderView } from '#domain/order-view.ts'
import { useScreen } from './screen-context.tsx'

const failureKeys = ['offline', 'timeout', 'unauthorized', 'forbidden', 'not_found', 'conflict', 'unavailable'] as const

type Failure = Extract<TapResult, { done: false }>

/** What a tap on an order is doing: under way, failed, or neither. */
export function useTap(order: OrderView): {
  /** Names the tap that is under way: its action, and its answer if it has one. */
  pending: string | null
  failure: string | null
  send: (tap: Tap) => Promise<void>
} {
  const failureText = useFailureText()
  const { screen, onHandedOver } = useScreen()
  const [pending, setPending] = useState<string | null>(null)
  const [failed, setFailed] = useState<Failure | null>(null)

  async function send(tap: Tap): Promise<void> {
    setPending(tap.name === 'seen' ? (tap.answer ?? tap.name) : tap.name)
    setFailed(null)
    const result = await screen.act(order, tap)
    setPending(null)
    if (!result.done) setFailed(result)
    else if (tap.name === 'hand-over') onHandedOver(order)
  }

  return { pending, failure: failed && failureText(failed), send }
}

/** In words, why a tap was not saved. */
export function useFailureText(): (failure: Failure) => string {
  const t = useTranslations()
  return ({ code, message }) => {
    const key = failureKeys.find((known) => known === code.replaceAll('-', '_'))
    if (key) return t(`failure.${key}`)
    return message === '' ? t('failure.other') : t('failure.reason', { reason: message })
  }
}
