'use client'

import { useTranslations } from 'use-intl'
import { Form } from '#components/ui/form.tsx'
import styles from './account.module.css'
import { NewPasswordField, SpentLink } from './set-up.tsx'
import { useAsk } from './use-ask.ts'

/** Opened from a link that the command line or an owner gave: its owner chooses a password. */
export function ChoosePassword({ link, email }: { link: string; email: string | null }) {
  const t = useTranslations('account')
  const { send, isPending, problem } = useAsk()
  if (email === null) return <SpentLink help={t('choose.spentHelp')} />
  const submit = (values: FormData) =>
    void send(
      'manager/choose-password',
      { link, password: values.get('password') },
      () => location.replace('/login'),
      ({ code }) => (code === 'not_found' ? t('spent') : null),
    )
  return (
    <main className={styles.page}>
      <h1>{t('choose.title')}</h1>
      <p>
        {t('choose.for')} <bdi>{email}</bdi>
      </p>
      <Form submit={t('choose.submit')} isPending={isPending} problem={problem} onSubmit={submit}>
        {/* So that a password manager knows whose it is. */}
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <NewPasswordField name="password" />
      </Form>
    </main>
  )
}
