'use client'

import { useTranslations } from 'use-intl'
import { Control } from './control.tsx'
import { CopyField } from './copy-field.tsx'
import styles from './shown-once.module.css'

/** What the server told now and never tells again. */
export function ShownOnce({
  label,
  value,
  help,
  close,
}: {
  label: string
  value: string
  help?: string
  close: () => void
}) {
  const t = useTranslations('manage')
  return (
    <div className={styles.shown}>
      <CopyField label={label} value={value} help={help ?? t('shownOnce')} />
      <div>
        <Control kind="main" onPress={close}>
          {t('done')}
        </Control>
      </div>
    </div>
  )
}
