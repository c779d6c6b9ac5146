'use client'

import { type FormEvent, type HTMLAttributes, type HTMLInputTypeAttribute, type ReactNode, useId } from 'react'
import styles from './form.module.css'

type FormProps = {
  /** What the button says. */
  submit: ReactNode
  isPending: boolean
  /** What went wrong last, in words; null: nothing. */
  problem: string | null
  onSubmit: (values: FormData) => void
  children: ReactNode
}

/** A form of our own pages: one main button, and what went wrong said where a screen reader hears it. */
export function Form({ submit, isPending, problem, onSubmit, children }: FormProps) {
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!isPending) onSubmit(new FormData(event.currentTarget))
  }
  return (
    // Never by the browser itself: what is in it must not get into an address.
    <form className={styles.form} method="post" onSubmit={send}>
      {children}
      <div role="alert">{problem !== null && <p className={styles.problem}>{problem}</p>}</div>
      <button className={styles.submit} type="submit" disabled={isPending} aria-busy={isPending}>
        {submit}
      </button>
    </form>
  )
}

type TextFieldProps = {
  name: string
  label: ReactNode
  help?: ReactNode
  type?: HTMLInputTypeAttribute
  autoComplete?: string
  inputMode?: HTMLAttributes<HTMLInputElement>['inputMode']
  defaultValue?: string
  isRequired?: boolean
  maxLength?: number
  /** Which way it reads, whatever the page does: codes, addresses and numbers read left to right. */
  direction?: 'ltr' | 'auto'
}

export function TextField({
  name,
  label,
  help,
  type = 'text',
  autoComplete = 'off',
  inputMode,
  defaultValue,
  isRequired = true,
  maxLength = 200,
  direction = 'auto',
}: TextFieldProps) {
  const id = useId()
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {help && (
        <p className={styles.help} id={`${id}-help`}>
          {help}
        </p>
      )}
      <input
        className={styles.input}
        id={id}
        name={name}
        type={type}
        dir={direction}
        autoComplete={autoComplete}
        inputMode={inputMode}
        defaultValue={defaultValue}
        required={isRequired}
        maxLength={maxLength}
        aria-describedby={help ? `${id}-help` : undefined}
      />
    </div>
  )
}

type CheckFieldProps = {
  name: string
  label: ReactNode
  /** Of several with one name. */
  value?: string
  type?: 'checkbox' | 'radio'
  isChecked?: boolean
  isRequired?: boolean
  onChange?: (isChecked: boolean) => void
}

export function CheckField({
  name,
  label,
  value = 'yes',
  type = 'checkbox',
  isChecked = false,
  isRequired = false,
  onChange,
}: CheckFieldProps) {
  return (
    <label className={styles.check}>
      <input
        type={type}
        name={name}
        value={value}
        defaultChecked={isChecked}
        required={isRequired}
        onChange={(event) => onChange?.(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  )
}
