'use client'

import { type FormEvent, type HTMLAttributes, type HTMLInputTypeAttribute, type ReactNode, useId } from 'react'
import styles from './form.module.css'
import { useAwake } from './use-awake.ts'

type FormProps = {
  /** What the button says. */
  submit: ReactNode
  isPending: boolean
  /** What went wrong last, in words; null: nothing. */
  problem: string | null
  onSubmit: (values: FormData) => void
  /** What else can be done than to send it. */
  beside?: ReactNode
  children: ReactNode
}

/** A form of our own pages: one main button, and what went wrong said where a screen reader hears it. */
export function Form({ submit, isPending, problem, onSubmit, beside, children }: FormProps) {
  const isAwake = useAwake()
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!isPending) onSubmit(new FormData(event.currentTarget))
  }
  return (
    // Never by the browser itself: what is in it must not get into an address.
    <form className={styles.form} method="post" onSubmit={send}>
      {children}
      <div role="alert">{problem !== null && <p className={styles.problem}>{problem}</p>}</div>
      <div className={styles.submitRow}>
        <button className={styles.submit} type="submit" disabled={isPending || !isAwake} aria-busy={isPending}>
          {submit}
        </button>
        {beside}
      </div>
    </form>
  )
}

/** The id of what helps with the field of an id, for its `aria-describedby`. */
export const helpId = (id: string) => `${id}-help`

type LabelledProps = {
  /** Of the field among the children. */
  id: string
  label: ReactNode
  help?: ReactNode
  children: ReactNode
}

/** A field below its name, and what helps to fill it in. */
export function Labelled({ id, label, help, children }: LabelledProps) {
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {help && (
        <p className={styles.help} id={helpId(id)}>
          {help}
        </p>
      )}
      {children}
    </div>
  )
}

type TextFieldProps = {
  name: string
  label: ReactNode
  help?: ReactNode
  type?: HTMLInputTypeAttribute
  autoComplete?: string
  inputMode?: HTMLAttributes<HTMLInputElement>['inputMode']
  /** Of a number. */
  minimum?: number
  maximum?: number
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
  minimum,
  maximum,
  defaultValue,
  isRequired = true,
  maxLength = 200,
  direction = 'auto',
}: TextFieldProps) {
  const id = useId()
  return (
    <Labelled id={id} label={label} help={help}>
      <input
        className={styles.input}
        id={id}
        name={name}
        type={type}
        dir={direction}
        autoComplete={autoComplete}
        inputMode={inputMode}
        min={minimum}
        max={maximum}
        defaultValue={defaultValue}
        required={isRequired}
        maxLength={maxLength}
        aria-describedby={help ? helpId(id) : undefined}
      />
    </Labelled>
  )
}

type CheckFieldProps = {
  name: string
  label: ReactNode
  help?: ReactNode
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
  help,
  value = 'yes',
  type = 'checkbox',
  isChecked = false,
  isRequired = false,
  onChange,
}: CheckFieldProps) {
  const id = useId()
  return (
    <label className={styles.check}>
      <input
        type={type}
        name={name}
        value={value}
        defaultChecked={isChecked}
        required={isRequired}
        aria-labelledby={`${id}-label`}
        aria-describedby={help ? `${id}-help` : undefined}
        onChange={(event) => onChange?.(event.currentTarget.checked)}
      />
      <span>
        <span id={`${id}-label`}>{label}</span>
        {help && (
          <span className={styles.checkHelp} id={`${id}-help`}>
            {help}
          </span>
        )}
      </span>
    </label>
  )
}

type SelectFieldProps = {
  name: string
  label: ReactNode
  /** Each its own words, or a value with words for it. */
  options: readonly (string | { value: string; words: string })[]
  defaultValue: string
}

/** One of many names that read left to right, such as time zones. */
export function SelectField({ name, label, options, defaultValue }: SelectFieldProps) {
  const id = useId()
  return (
    <Labelled id={id} label={label}>
      <select className={styles.input} id={id} name={name} dir="ltr" defaultValue={defaultValue} translate="no">
        {options.map((option) => {
          const { value, words } = typeof option === 'string' ? { value: option, words: option } : option
          return (
            <option key={value} value={value}>
              {words}
            </option>
          )
        })}
      </select>
    </Labelled>
  )
}

/** Fields that answer one question together. */
export function FieldGroup({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <fieldset className={styles.group}>
      <legend className={styles.label}>{label}</legend>
      {children}
    </fieldset>
  )
}
