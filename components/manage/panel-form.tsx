'use client'

import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { Form } from '#components/ui/form.tsx'
import { Control } from './control.tsx'

type Props = {
  /** What the button says that sends it. */
  submit: string
  isPending: boolean
  problem: string | null
  onSubmit: (values: FormData) => void
  close: () => void
  children: ReactNode
}

/** A form in what a button opened: it can be left as it was. */
export function PanelForm({ close, ...form }: Props) {
  const t = useTranslations('manage')
  const cancel = (
    <Control kind="large" onPress={close}>
      {t('cancel')}
    </Control>
  )
  return <Form {...form} beside={cancel} />
}
