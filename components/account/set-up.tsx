'use client'

import { useTranslations } from 'use-intl'
import { Form, TextField } from '#components/ui/form.tsx'
import styles from './account.module.css'
import { useAsk } from './use-ask.ts'

/** Opened from the set-up link: whoever has it becomes the first manager. */
export function SetUp({ link, isGood }: { link: string; isGood: boolean }) {
  const t = useTranslations('account')
  const { send, isPending, problem } = useAsk()
  if (!isGood) return <SpentLink help={t('setUp.spentHelp')} />
  const submit = (values: FormData) =>
    void send(
      'manager/set-up',
      { link, ...Object.fromEntries(values) },
      () => location.replace('/manage'),
      ({ code }) => (code === 'not_found' ? t('spent') : null),
    )
  return (
    <main className={styles.page}>
      <h1>{t('setUp.title')}</h1>
      <p>{t('setUp.help')}</p>
      <Form submit={t('setUp.submit')} isPending={isPending} problem={problem} onSubmit={submit}>
        <TextField name="name" label={t('name')} autoComplete="name" maxLength={100} />
        <TextField name="email" label={t('email')} type="email" autoComplete="username" direction="ltr" />
        <NewPasswordField name="password" />
      </Form>
    </main>
  )
}

export function NewPasswordField({ name }: { name: string }) {
  const t = useTranslations('account')
  return (
    <TextField
      name={name}
      label={t('newPassword')}
      help={t('newPasswordHelp')}
      type="password"
      autoComplete="new-password"
      direction="ltr"
    />
  )
}

export function SpentLink({ help }: { help: string }) {
  const t = useTranslations('account')
  return (
    <main className={styles.page}>
      <h1>{t('spent')}</h1>
      <p>{help}</p>
    </main>
  )
}
