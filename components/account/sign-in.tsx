'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { Form, TextField } from '#components/ui/form.tsx'
import styles from './account.module.css'
import { useAsk } from './use-ask.ts'

/** @param next the page of ours that was asked for */
export function SignIn({ next, isSecure }: { next: string; isSecure: boolean }) {
  const t = useTranslations('account')
  const [isSecondStep, setIsSecondStep] = useState(false)
  const { send, isPending, problem } = useAsk()
  const go = () => location.replace(next)
  const signIn = (values: FormData) =>
    void send(
      'manager/sign-in',
      Object.fromEntries(values),
      ({ secondStep }) => (secondStep === true ? setIsSecondStep(true) : go()),
      ({ code }) => (code === 'unauthorized' ? t('signIn.wrong') : null),
    )
  const showCode = (values: FormData) =>
    void send('manager/second-step', Object.fromEntries(values), go, ({ code }) =>
      code === 'unauthorized' ? t('secondStep.wrong') : null,
    )
  return (
    <main className={styles.page}>
      <h1>{t(isSecondStep ? 'secondStep.title' : 'signIn.title')}</h1>
      {!isSecure && <p className={styles.notice}>{t('notEncrypted')}</p>}
      {isSecondStep ? (
        <Form key="code" submit={t('secondStep.submit')} isPending={isPending} problem={problem} onSubmit={showCode}>
          <TextField
            name="code"
            label={t('secondStep.code')}
            help={t('secondStep.help')}
            autoComplete="one-time-code"
            direction="ltr"
            maxLength={40}
          />
        </Form>
      ) : (
        <Form key="password" submit={t('signIn.submit')} isPending={isPending} problem={problem} onSubmit={signIn}>
          <TextField name="email" label={t('email')} type="email" autoComplete="username" direction="ltr" />
          <TextField
            name="password"
            label={t('currentPassword')}
            type="password"
            autoComplete="current-password"
            direction="ltr"
          />
        </Form>
      )}
      <p className={styles.quiet}>{t('signIn.lost')}</p>
    </main>
  )
}
