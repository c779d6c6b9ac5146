'use client'

import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import styles from './button.module.css'

type Props = {
  /** One main button on a card at most. */
  kind: 'main' | 'plain' | 'quiet'
  onPress: () => void
  /** What this button started is still under way. */
  isPending?: boolean
  isDisabled?: boolean
  action?: string
  children: ReactNode
}

/** A target for a wet finger: 64 px at least. */
export function Button({ kind, onPress, isPending = false, isDisabled = false, action, children }: Props) {
  const t = useTranslations()
  return (
    <button
      type="button"
      className={styles.button}
      data-kind={kind}
      data-action={action}
      aria-busy={isPending}
      disabled={isDisabled || isPending}
      onClick={onPress}
    >
      {isPending ? t('action.saving') : children}
    </button>
  )
}
