'use client'

import Link from 'next/link'
import type { ReactNode, Ref } from 'react'
import { useAwake } from '#components/ui/use-awake.ts'
import styles from './control.module.css'

/** `main` and `large` are what a page is for; `plain` stands beside other things. */
type Kind = 'main' | 'large' | 'plain'

type ControlProps = {
  kind?: Kind
  onPress: () => void
  isDisabled?: boolean
  /** Of a button that opens something below it. */
  isExpanded?: boolean
  describedBy?: string | undefined
  ref?: Ref<HTMLButtonElement>
  children: ReactNode
}

export function Control({
  kind = 'plain',
  onPress,
  isDisabled = false,
  isExpanded,
  describedBy,
  ref,
  children,
}: ControlProps) {
  const isAwake = useAwake()
  return (
    <button
      ref={ref}
      type="button"
      className={styles.control}
      data-kind={kind}
      data-off={isDisabled}
      disabled={isDisabled || !isAwake}
      aria-expanded={isExpanded}
      aria-describedby={describedBy}
      onClick={onPress}
    >
      {children}
    </button>
  )
}

/** A page that is opened by what looks like a button. */
export function ControlLink({ kind = 'plain', href, children }: { kind?: Kind; href: string; children: ReactNode }) {
  return (
    <Link className={styles.control} data-kind={kind} href={href} prefetch={false}>
      {children}
    </Link>
  )
}
