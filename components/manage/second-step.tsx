'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useAsk } from '#components/account/use-ask.ts'
import { TextField } from '#components/ui/form.tsx'
import { QrCode } from '#components/ui/qr-code.tsx'
import { CopyField } from './copy-field.tsx'
import { useSay } from './manage-page.tsx'
import { PanelForm } from './panel-form.tsx'
import styles from './second-step.module.css'

/** What an authenticator is to be given, and what helps when it is lost. */
type Begun = { uri: string; backupCodes: readonly string[] }

/** Asks for the password, shows what the authenticator needs, and is done when that shows a right code. */
export function BeginSecondStep({ close }: { close: () => void }) {
  const [begun, setBegun] = useState<Begun | null>(null)
  const begin = ({ uri, backupCodes }: Record<string, unknown>) =>
    setBegun({ uri: String(uri), backupCodes: backupCodes as string[] })
  return begun === null ? (
    <AskPassword action="manager/begin-second-factor" submit="continue" onDone={begin} close={close} />
  ) : (
    <ConfirmCode begun={begun} close={close} />
  )
}

export function EndSecondStep({ close }: { close: () => void }) {
  const t = useTranslations('manage.account')
  const { sayAtTop } = useSay()
  const router = useRouter()
  const done = () => {
    close()
    sayAtTop(t('turnedOff'))
    router.refresh()
  }
  return <AskPassword action="manager/end-second-factor" submit="turnOff" onDone={done} close={close} />
}

type AskPasswordProps = {
  action: string
  submit: 'continue' | 'turnOff'
  onDone: (result: Record<string, unknown>) => void
  close: () => void
}

/** Who found a phone that is signed in must not change how its owner signs in. */
function AskPassword({ action, submit, onDone, close }: AskPasswordProps) {
  const t = useTranslations('manage.account')
  const { send, isPending, problem } = useAsk()
  const ask = (values: FormData) =>
    void send(action, { password: values.get('password') }, onDone, ({ code }) =>
      code === 'conflict' ? t('refused') : null,
    )
  return (
    <PanelForm submit={t(submit)} isPending={isPending} problem={problem} onSubmit={ask} close={close}>
      <TextField
        name="password"
        label={t('passwordAgain')}
        type="password"
        autoComplete="current-password"
        direction="ltr"
      />
    </PanelForm>
  )
}

function ConfirmCode({ begun: { uri, backupCodes }, close }: { begun: Begun; close: () => void }) {
  const t = useTranslations('manage.account')
  const { sayAtTop } = useSay()
  const router = useRouter()
  const { send, isPending, problem } = useAsk()
  const done = () => {
    close()
    sayAtTop(t('turnedOn'))
    router.refresh()
  }
  const submit = (values: FormData) =>
    void send('manager/confirm-second-factor', { code: values.get('code') }, done, ({ code }) =>
      code === 'conflict' || code === 'wrong_shape' ? t('wrongCode') : null,
    )
  return (
    <PanelForm submit={t('confirm')} isPending={isPending} problem={problem} onSubmit={submit} close={close}>
      <div className={styles.steps}>
        <p>{t('scan')}</p>
        <QrCode text={uri} label={t('qrCode')} />
        <p>
          <a className={styles.open} href={uri}>
            {t('openApp')}
          </a>
        </p>
        <CopyField label={t('secret')} value={new URL(uri).searchParams.get('secret') ?? ''} />
        <h3>{t('backupCodes')}</h3>
        <p className={styles.help}>{t('backupCodesHelp')}</p>
        <ul className={styles.backup} dir="ltr" translate="no">
          {backupCodes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
      </div>
      <TextField
        name="code"
        label={t('code')}
        autoComplete="one-time-code"
        inputMode="numeric"
        direction="ltr"
        maxLength={6}
      />
    </PanelForm>
  )
}
