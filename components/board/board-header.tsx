'use client'

import { useTranslations } from 'use-intl'
import type { Connection } from '#components/live/screen.ts'
import { useNow } from '#components/ui/clock.tsx'
import { useTimes } from '#components/ui/use-times.ts'
import styles from './board-header.module.css'
import { connectionKey, staleKey } from './connection-words.ts'

type Props = {
  connection: Connection
  locations?: number
  /** What the board is, where that is not plain. */
  title?: string
  /** What to say where the board cannot be trusted; else it is what staff are to do. */
  warning?: string
}

/** Always in the same place and of the same height: the connection in words, and the server's time. */
export function BoardHeader({ connection, locations = 0, title, warning }: Props) {
  const t = useTranslations()
  return (
    <header className={styles.header}>
      <h1 className={styles.product}>
        {title ?? t('product')}
        {locations > 1 && <span className={styles.locations}>{t('locations', { count: locations })}</span>}
      </h1>
      <ConnectionState connection={connection} warning={warning} />
      <Clock isKnown={connection.kind !== 'connecting'} />
    </header>
  )
}

function ConnectionState({ connection, warning }: { connection: Connection; warning: string | undefined }) {
  const t = useTranslations()
  const { clockTime } = useTimes()
  const since = 'since' in connection && connection.since !== null ? clockTime(connection.since) : ''
  const stale = staleKey(connection)
  return (
    <>
      {stale && <p className={styles.banner}>{warning ?? t(`banner.${stale}`, { time: since })}</p>}
      <output className={styles.connection} aria-live="polite" data-connection={connection.kind}>
        <i className={styles.shape} aria-hidden="true" />
        {t(`connection.${connectionKey(connection)}`, { time: since })}
      </output>
    </>
  )
}

/** The server's time; the device's own may be anything, and is shown nowhere. */
function Clock({ isKnown }: { isKnown: boolean }) {
  const { clockTime } = useTimes()
  const minute = useNow((now) => Math.floor(now / 60_000))
  return (
    <time className={styles.clock} data-known={isKnown} suppressHydrationWarning>
      {clockTime(minute * 60_000)}
    </time>
  )
}
