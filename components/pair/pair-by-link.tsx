'use client'

import { useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import styles from './pair.module.css'

/** Asks to become the screen of a one-time link, then opens its board. Only a browser does: a preview runs no script. */
export function PairByLink({ link }: { link: string }) {
  const t = useTranslations('pair')
  const [failure, setFailure] = useState<'used' | 'unreachable' | null>(null)
  const isAsked = useRef(false)

  useEffect(() => {
    // Once, also where React runs effects twice: the link is good for one use.
    if (isAsked.current) return
    isAsked.current = true
    fetch('/api/pair', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link }),
    }).then(
      (response) => (response.ok ? location.replace('/board') : setFailure('used')),
      () => setFailure('unreachable'),
    )
  }, [link])

  return (
    <main className={styles.page}>
      <h1>{t(failure === null ? 'pairing' : failure)}</h1>
      {failure !== null && <p>{t(`${failure}Help`)}</p>}
    </main>
  )
}
