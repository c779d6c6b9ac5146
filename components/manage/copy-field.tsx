'use client'

import { type ReactNode, useId, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { helpId, Labelled } from '#components/ui/form.tsx'
import { Control } from './control.tsx'
import styles from './copy-field.module.css'

/** A text that goes elsewhere as it is: an address, a secret. */
export function CopyField({ label, help, value }: { label: string; help?: ReactNode; value: string }) {
  const t = useTranslations('manage')
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [outcome, setOutcome] = useState<'copied' | 'copyByHand' | null>(null)
  return (
    <Labelled id={id} label={label} help={help}>
      <div className={styles.row}>
        <textarea
          ref={field}
          id={id}
          className={styles.value}
          value={value}
          dir="ltr"
          translate="no"
          readOnly
          rows={1}
          aria-describedby={help ? helpId(id) : undefined}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Control describedBy={id} onPress={() => void copy(field.current, value).then(setOutcome)}>
          {outcome === 'copied' ? t('copied') : t('copy')}
        </Control>
      </div>
      <p className="visually-hidden" role="status">
        {outcome && t(outcome)}
      </p>
      {outcome === 'copyByHand' && <p className={styles.help}>{t('copyByHand')}</p>}
    </Labelled>
  )
}

/** Browsers give pages their clipboard over https alone; over plain http what is selected can be copied all the same. */
async function copy(field: HTMLTextAreaElement | null, value: string): Promise<'copied' | 'copyByHand'> {
  try {
    await navigator.clipboard.writeText(value)
    return 'copied'
  } catch {
    field?.select()
    return document.execCommand('copy') ? 'copied' : 'copyByHand'
  }
}
