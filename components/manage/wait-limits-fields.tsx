'use client'

import { useTranslations } from 'use-intl'
import { FieldGroup, TextField } from '#components/ui/form.tsx'
import { usualWaitLimits, type WaitLimits } from '#domain/wait-limits.ts'

const stages = ['preparing', 'ready', 'driverHere'] as const
const steps = ['soon', 'late'] as const

/** From how many minutes on a card says that waiting is soon, and then late. */
export function WaitLimitsFields({ limits }: { limits: WaitLimits | null }) {
  const t = useTranslations('manage.locations')
  const shown = limits ?? usualWaitLimits
  return stages.map((stage) => (
    <FieldGroup key={stage} label={t(`wait.${stage}`)}>
      {steps.map((step) => (
        <TextField
          key={step}
          name={`${stage}-${step}`}
          label={t(`wait.${step}`)}
          type="number"
          inputMode="numeric"
          direction="ltr"
          minimum={0}
          maximum={240}
          defaultValue={String(shown[stage][step])}
        />
      ))}
    </FieldGroup>
  ))
}

/** As `location set` takes them. */
export function waitLimitsIn(values: FormData): string {
  const limits = Object.fromEntries(
    stages.map((stage) => [
      stage,
      Object.fromEntries(steps.map((step) => [step, Number(values.get(`${stage}-${step}`))])),
    ]),
  )
  const text = JSON.stringify(limits)
  return text === JSON.stringify(usualWaitLimits) ? 'usual' : text
}
