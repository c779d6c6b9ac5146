'use client'

import { useTranslations } from 'use-intl'
import styles from './audit.module.css'
import { useAuditWords } from './audit-words.ts'
import { ControlLink } from './control.tsx'
import { Moment } from './facts.tsx'
import { Actions, ManagePage } from './manage-page.tsx'

export type AuditEntry = { id: number; at: Date; by: string; action: string; about: Record<string, unknown> }

type Props = {
  /** The newest first. */
  entries: readonly AuditEntry[]
  /** The page is not the first. */
  isEarlier: boolean
  /** Where the next older ones begin; null: these are the oldest. */
  earlier: number | null
  timeZone: string
}

export function Audit({ entries, isEarlier, earlier, timeZone }: Props) {
  const t = useTranslations('manage')
  return (
    <ManagePage title={t('nav.audit')} lead={`${t('audit.help')} ${t('times', { timeZone })}`}>
      {entries.length === 0 ? (
        <p>{t('audit.empty')}</p>
      ) : (
        <ol className={styles.entries}>
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      <Actions>
        {earlier !== null && (
          <ControlLink kind="large" href={`/manage/audit?before=${earlier}`}>
            {t('audit.earlier')}
          </ControlLink>
        )}
        {isEarlier && (
          <ControlLink kind="large" href="/manage/audit">
            {t('audit.newest')}
          </ControlLink>
        )}
      </Actions>
    </ManagePage>
  )
}

function Entry({ entry: { at, by, action, about } }: { entry: AuditEntry }) {
  const t = useTranslations('manage.audit')
  const { actionOf, labelOf, wordsFor } = useAuditWords()
  return (
    <li className={styles.entry}>
      <p className={styles.when}>
        <Moment at={at} />
      </p>
      <div className={styles.what}>
        <h2>{actionOf(action)}</h2>
        <p>{t.has(`by.${by as 'settings'}`) ? t(`by.${by as 'settings'}`) : <bdi>{by}</bdi>}</p>
        <dl className={styles.about}>
          {factsOf(about).map((name) => (
            <div key={name}>
              <dt>{labelOf(name)}</dt>
              <dd>
                <bdi suppressHydrationWarning>{wordsFor(about, name)}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </li>
  )
}

/** What people know comes first, what only machines know last. */
function factsOf(about: Record<string, unknown>): string[] {
  const ranks = ['name', 'email', 'role', 'locations']
  const rankOf = (name: string) =>
    name === 'id' ? Number.POSITIVE_INFINITY : ranks.indexOf(name) + 1 || ranks.length + 1
  return Object.keys(about).sort((one, other) => rankOf(one) - rankOf(other))
}
