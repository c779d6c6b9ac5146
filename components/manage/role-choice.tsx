'use client'

import { useTranslations } from 'use-intl'
import { CheckField, FieldGroup } from '#components/ui/form.tsx'
import type { ScreenRole } from '#domain/protocol.ts'

const roles = ['kitchen', 'counter', 'pickup'] as const satisfies readonly ScreenRole[]

/** What a screen is for, each with a line that says what it shows. */
export function RoleChoice({ chosen }: { chosen: ScreenRole | null }) {
  const t = useTranslations('manage.role')
  return (
    <FieldGroup label={t('label')}>
      {roles.map((role) => (
        <CheckField
          key={role}
          type="radio"
          name="role"
          value={role}
          label={t(role)}
          help={t(`${role}Help`)}
          isChecked={role === chosen}
          isRequired
        />
      ))}
    </FieldGroup>
  )
}
