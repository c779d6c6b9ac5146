'use client'

import { useId, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Tap } from '#components/live/screen.ts'
import { Button } from '#components/ui/button.tsx'
import styles from './guest-here.module.css'

type Props = {
  kind: 'main' | 'plain' | 'quiet'
  isPending: boolean
  isDisabled: boolean
  onPress: (tap: Tap) => Promise<void>
}

/** A guest in a car is here: the first tap asks where, the second tells it, with or without an answer. */
export function GuestHere({ kind, isPending, isDisabled, onPress }: Props) {
  const t = useTranslations()
  const [isAsking, setAsking] = useState(false)
  const [note, setNote] = useState('')
  const field = useId()

  async function tell(): Promise<void> {
    const said = note.trim()
    await onPress(said === '' ? { name: 'here' } : { name: 'here', note: said })
    setAsking(false)
  }

  const button = (
    <Button
      kind={isAsking ? 'main' : kind}
      action="here"
      isPending={isPending}
      isDisabled={isDisabled}
      onPress={() => (isAsking ? void tell() : setAsking(true))}
    >
      {t('action.here')}
    </Button>
  )
  if (!isAsking) return button
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        void tell()
      }}
    >
      <label htmlFor={field}>{t('here.ask')}</label>
      <div className={styles.line}>
        <input
          id={field}
          className={styles.field}
          value={note}
          maxLength={200}
          dir="auto"
          autoComplete="off"
          onChange={(event) => setNote(event.target.value)}
        />
        {button}
      </div>
    </form>
  )
}
