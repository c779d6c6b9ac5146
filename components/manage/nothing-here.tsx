'use client'

import { useTranslations } from 'use-intl'
import { ControlLink } from './control.tsx'
import { Actions, ManagePage } from './manage-page.tsx'

/** The same whether a page does not exist or is not for who asks. */
export function NothingHere() {
  const t = useTranslations('manage')
  return (
    <ManagePage title={t('nothingHere')} lead={t('nothingHereHelp')}>
      <Actions>
        <ControlLink kind="large" href="/manage/screens">
          {t('back')}
        </ControlLink>
      </Actions>
    </ManagePage>
  )
}
