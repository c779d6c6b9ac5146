'use client'

import { useTranslations } from 'use-intl'
import styles from './pair.module.css'

/** Shown where a browser is no screen yet. */
export function Unpaired() {
  const t = useTranslations('pair')
  return (
    <main className={styles.page}>
      <h1>{t('unpaired')}</h1>
      <p>{t('unpairedHelp')}</p>
      <code dir="ltr">npm run passline -- screen add --location LOCATION --role kitchen --name Kitchen</code>
    </main>
  )
}
