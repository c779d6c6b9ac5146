'use client'

import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { QrCode } from '#components/ui/qr-code.tsx'
import styles from './pair.module.css'

type Shown = { code: string; device: string }

/** As RFC 8628 has it: asked less often, the answer is not late for a person. */
const askEveryMs = 5_000

/** Shows a code until somebody who may has confirmed it elsewhere; then this browser is that screen. */
export function ShowCode() {
  const t = useTranslations('pair')
  const [shown, setShown] = useState<Shown | null>(null)
  const [isAnswered, setIsAnswered] = useState(true)

  useEffect(() => {
    let device: string | null = null
    let isStopped = false
    async function look(): Promise<void> {
      if (device === null) {
        const begun = await post<Shown>('/api/pair/code', {})
        if (isStopped) return
        device = begun.device
        setShown(begun)
        return
      }
      const { paired, state } = await post<{ paired: boolean; state?: string }>('/api/pair/poll', { device })
      if (isStopped) return
      if (paired) location.replace('/board')
      // Too old, or used by somebody else: the next look shows another.
      else if (state === 'gone') device = null
    }
    const lookAgain = () =>
      look().then(
        () => setIsAnswered(true),
        () => setIsAnswered(false),
      )
    void lookAgain()
    const timer = setInterval(() => void lookAgain(), askEveryMs)
    return () => {
      isStopped = true
      clearInterval(timer)
    }
  }, [])

  if (!isAnswered) {
    return (
      <main className={styles.page}>
        <h1>{t('unreachable')}</h1>
        <p>{t('waiting')}</p>
      </main>
    )
  }
  if (!shown) return <main className={styles.page} aria-busy="true" />
  const place = `${location.origin}/manage/pair`
  return (
    <main className={styles.page} data-wide>
      <h1>{t('unpaired')}</h1>
      <p className={styles.code} dir="ltr" data-code>
        {shown.code}
      </p>
      <div className={styles.how}>
        <QrCode text={`${place}?code=${shown.code}`} label={t('qr')} />
        <ol>
          <li>
            {t('scan')} <bdi className={styles.address}>{place}</bdi>
          </li>
          <li>{t('type')}</li>
        </ol>
      </div>
      <p>
        <a href="/manage">{t('manage')}</a>
      </p>
    </main>
  )
}

async function post<Result>(path: string, body: object): Promise<Result> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`answered ${response.status}`)
  return (await response.json()) as Result
}
