import { useTranslations } from 'use-intl'
import styles from './revoked.module.css'

/** In the place of a board: this browser is no screen any more. */
export function Revoked() {
  const t = useTranslations()
  return (
    <main className={styles.revoked}>
      <p className={styles.title}>{t('revoked.title')}</p>
      <a href="/pair">{t('revoked.text')}</a>
    </main>
  )
}
