'use client'

import { useState, useSyncExternalStore } from 'react'
import { useTranslations } from 'use-intl'
import type { Screen } from '#components/live/screen.ts'
import { useTold } from '#components/order/screen-context.tsx'
import { useFailureText } from '#components/order/use-tap.ts'
import { Button } from '#components/ui/button.tsx'
import { useNow } from '#components/ui/clock.tsx'
import { whoTag } from '#components/ui/identifier.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { useTimes } from '#components/ui/use-times.ts'
import type { OrderView } from '#domain/order-view.ts'
import styles from './notice-bar.module.css'
import { type Notice, noticesOf } from './notices.ts'
import type { Sounds } from './sounds.ts'

const shownAtOnce = 3

type Props = { screen: Screen; orders: readonly OrderView[]; sounds: Sounds }

/** What is wrong around the board. It grows from the lower edge, so that no card moves. */
export function NoticeBar({ screen, orders, sounds }: Props) {
  const t = useTranslations()
  const told = useTold(screen)
  const sound = useSyncExternalStore(sounds.subscribe, sounds.state, sounds.state)
  // As text: a notice stays as it is while nothing of it changes.
  const notices = JSON.parse(useNow((now) => JSON.stringify(noticesOf(told, orders, sound, now)))) as Notice[]
  if (notices.length === 0) return null
  return (
    <aside className={styles.bar} aria-label={t('notice.label')}>
      <ul>
        {notices.slice(0, shownAtOnce).map((notice) => (
          <li key={keyOf(notice)} className={styles.notice} data-notice={notice.kind} data-tone={notice.tone}>
            <Mark tone={notice.tone} />
            <Words notice={notice} />
            <Answer notice={notice} screen={screen} sounds={sounds} />
          </li>
        ))}
      </ul>
      {notices.length > shownAtOnce && (
        <p className={styles.more}>{t('notice.more', { count: String(notices.length - shownAtOnce) })}</p>
      )}
    </aside>
  )
}

function keyOf(notice: Notice): string {
  if (notice.kind === 'screen-silent') return notice.screen.id
  return notice.kind === 'gap' ? notice.gap.id : notice.kind
}

function Words({ notice }: { notice: Notice }) {
  const t = useTranslations()
  const { clockTime, duration } = useTimes()
  const silentMinutes = useNow((now) =>
    notice.kind === 'stream-silent' ? Math.floor((now - notice.since) / 60_000) : 0,
  )
  switch (notice.kind) {
    case 'screen-silent': {
      const { name, since } = notice.screen
      return <p>{t.rich('notice.screenSilent', { name, time: clockTime(since), ...whoTag })}</p>
    }
    case 'gap': {
      const { kind, from, to } = notice.gap
      return <p>{t(`notice.gap.${kind}`, { from: clockTime(from), to: clockTime(to) })}</p>
    }
    case 'stream-silent':
      return <p>{t('notice.streamSilent', { time: clockTime(notice.since), duration: duration(silentMinutes) })}</p>
    case 'sound-blocked':
      return <p>{t('notice.soundBlocked')}</p>
    case 'new-build':
      return <p>{t('notice.newBuild')}</p>
    default:
      return notice satisfies never
  }
}

type AnswerProps = { notice: Notice; screen: Screen; sounds: Sounds }

/** What a person can do about it. */
function Answer({ notice, screen, sounds }: AnswerProps) {
  const t = useTranslations()
  switch (notice.kind) {
    case 'screen-silent': {
      const { id, locationId } = notice.screen
      return (
        <SayButton screen={screen} paths={[`${placeOf(locationId)}/screens/${encodeURIComponent(id)}/off`]}>
          {t('notice.off')}
        </SayButton>
      )
    }
    case 'gap': {
      const { gap, locationIds } = notice
      const paths = locationIds.map((locationId) => `${placeOf(locationId)}/gaps/${encodeURIComponent(gap.id)}/seen`)
      return (
        <SayButton screen={screen} paths={paths}>
          {t('answer.seen')}
        </SayButton>
      )
    }
    case 'sound-blocked':
      return (
        <Button kind="plain" onPress={() => void sounds.unblock()}>
          {t('notice.soundOn')}
        </Button>
      )
    case 'new-build':
      return (
        <Button kind="plain" onPress={() => location.reload()}>
          {t('notice.load')}
        </Button>
      )
    case 'stream-silent':
      return null
    default:
      return notice satisfies never
  }
}

function placeOf(locationId: string): string {
  return `/api/locations/${encodeURIComponent(locationId)}`
}

/** Tells the server something of these places; the next beat shows that it is known. */
function SayButton({ screen, paths, children }: { screen: Screen; paths: string[]; children: string }) {
  const failureText = useFailureText()
  const [isPending, setPending] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  async function send(): Promise<void> {
    setPending(true)
    const results = await Promise.all(paths.map((path) => screen.say(path, {})))
    const failed = results.find((result) => !result.done)
    setFailure(failed && !failed.done ? failureText(failed) : null)
    setPending(false)
  }
  return (
    <>
      {failure !== null && <p role="alert">{failure}</p>}
      <Button kind="plain" isPending={isPending} onPress={() => void send()}>
        {children}
      </Button>
    </>
  )
}
