'use client'

import { useTranslations } from 'use-intl'
import { whoTag } from '#components/ui/identifier.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { useTimes } from '#components/ui/use-times.ts'
import type { OrderView, ProblemView } from '#domain/order-view.ts'
import styles from './problem-band.module.css'
import { problemText, problemTone } from './problem-words.ts'

/** What is wrong, in the words of what to do about it. */
export function ProblemBand({ order, problem }: { order: OrderView; problem: ProblemView }) {
  const t = useTranslations()
  const { clockTime } = useTimes()
  const tone = problemTone(order)
  return (
    <div className={styles.band} data-tone={tone} data-problem={problem.kind}>
      <p className={styles.label}>
        <Mark tone={tone} />
        <span>{t(`problem.${problem.kind}.label`)}</span>
        <span className={styles.time}>{clockTime(problem.at)}</span>
      </p>
      <p className={styles.text}>
        {t.rich(problemText(order, problem), {
          to: order.handedOver?.to ?? t('problem.given_to_other.someone'),
          time: order.handedOver ? clockTime(order.handedOver.at) : '',
          name: order.driver?.name ?? t('problem.given_to_other.anotherDriver'),
          ...whoTag,
        })}
      </p>
    </div>
  )
}
