'use client'

import { type CSSProperties, useRef, useSyncExternalStore } from 'react'
import { useTranslations } from 'use-intl'
import { BoardHeader } from '#components/board/board-header.tsx'
import { connectionKey, isStale } from '#components/board/connection-words.ts'
import frame from '#components/board/frame.module.css'
import { Revoked } from '#components/board/revoked.tsx'
import { usePaintReport, useReload } from '#components/board/use-screen-duties.ts'
import { directionOf, type Locale } from '#components/i18n/locale.ts'
import type { BoardStore } from '#components/live/board-store.ts'
import { useBoardStore, useSettings } from '#components/live/use-board-store.ts'
import { platformName } from '#components/order/platform-name.ts'
import { useTold } from '#components/order/screen-context.tsx'
import { ClockProvider, useNow } from '#components/ui/clock.tsx'
import { Identifier } from '#components/ui/identifier.tsx'
import type { PickupView } from '#domain/order-view.ts'
import { type Call, callsAt } from './calls.ts'
import styles from './pickup-board.module.css'
import { useCapacity } from './use-capacity.ts'

type Props = {
  build: string
  locale: Locale
  /** What the screen is, as this page was made for it; opaque. */
  settings: string
}

/** The public board: whose order is ready, by its number, and nobody's name. */
export function PickupBoard({ build, ...board }: Props) {
  const store = useBoardStore<PickupView>(build, isPickupView)
  return (
    store && (
      <ClockProvider readNow={store.serverNow} subscribe={store.subscribe}>
        <Columns screen={store} {...board} />
      </ClockProvider>
    )
  )
}

const isPickupView = (order: object) => 'state' in order

const lookAgainMs = 10_000

const none: readonly PickupView[] = []

function Columns({ screen, locale, settings }: Omit<Props, 'build'> & { screen: BoardStore<PickupView> }) {
  const t = useTranslations('pickup')
  const views = useSyncExternalStore(screen.subscribe, screen.orders, screen.orders)
  const connection = useSyncExternalStore(screen.subscribe, screen.connection, screen.connection)
  // Ahead of the time, never behind it: what has just come stands there at once.
  const moment = useNow((now) => Math.ceil(now / lookAgainMs) * lookAgainMs)
  const { newBuild } = useTold(screen)
  useSettings(screen, settings)
  usePaintReport(screen, views)
  // Nobody works on it: it may load anew whenever there is something to load.
  useReload(connection.kind === 'live' ? newBuild : null)
  // Before the first proof the server's time is not known, and how long somebody was called would be made up.
  const key = connectionKey(connection)
  const isTimeKnown = key !== 'connecting' && key !== 'never-live'
  const called = callsAt(isTimeKnown ? views : none, moment)
  return (
    <div className={frame.frame} lang={locale} dir={directionOf(locale)} data-stale={isStale(connection)}>
      <BoardHeader connection={connection} title={t('product')} warning={t('notProven')} />
      {connection.kind === 'revoked' ? (
        <Revoked />
      ) : (
        <main className={styles.columns}>
          <Column call="preparing" called={called.preparing} />
          <Column call="ready" called={called.ready} />
          <div className={styles.now}>
            <Column call="come" called={called.come} />
            {called.ask.length > 0 && <Column call="ask" called={called.ask} />}
          </div>
        </main>
      )}
    </div>
  )
}

const pageMs = 8_000

/** About how wide a number is, in digits: letters are wider. */
function widthOf(number: string): number {
  return [...number].reduce((sum, one) => sum + (/\d/.test(one) ? 1 : /[MW@%]/.test(one) ? 1.6 : 1.25), 0)
}

/** Turns its own pages where not all fit: nobody scrolls a board on a wall. */
function Column({ call, called }: { call: Call; called: readonly PickupView[] }) {
  const t = useTranslations('pickup')
  const grid = useRef<HTMLUListElement>(null)
  const capacity = useCapacity(grid)
  const pages = Math.max(1, Math.ceil(called.length / capacity))
  const page = useNow((now) => Math.floor(now / pageMs) % pages)
  return (
    <section className={styles.column} data-call={call} aria-labelledby={`call-${call}`}>
      <h2 className={styles.heading} id={`call-${call}`}>
        {t(call)}
        {pages > 1 && (
          <span className={styles.page}>{t('page', { page: String(page + 1), pages: String(pages) })}</span>
        )}
      </h2>
      <div className={styles.room}>
        <ul className={styles.grid} ref={grid}>
          {called.slice(page * capacity, (page + 1) * capacity).map((view, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two locations may have orders of one id, and a cell holds nothing of its own
            <li key={place} className={styles.cell} data-order-id={view.id}>
              <span className={styles.platform}>
                <bdi>{view.source === null ? '' : platformName(view.source)}</bdi>
              </span>
              <span className={styles.number} style={{ '--digits': widthOf(view.spokenNumber) } as CSSProperties}>
                <Identifier>{view.spokenNumber}</Identifier>
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}
