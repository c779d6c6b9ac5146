'use client'

import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react'
import styles from './manage-page.module.css'

type Say = {
  /** Says in words what was done. */
  say: (words: ReactNode) => void
  /** The same, when what was acted on is gone: the focus goes to the top of the page. */
  sayAtTop: (words: ReactNode) => void
}

const SayContext = createContext<Say | null>(null)

/** How the page says what was done, so that a screen reader hears it. */
export function useSay(): Say {
  const say = useContext(SayContext)
  if (!say) throw new Error('useSay needs a ManagePage around it')
  return say
}

type Props = {
  title: string
  lead?: ReactNode
  /** It came in the place of another without a way to it: the focus goes to its title. */
  isNews?: boolean
  children: ReactNode
}

/** One of the manage pages, below their header. */
export function ManagePage({ title, lead, isNews = false, children }: Props) {
  const [words, setWords] = useState<ReactNode>('')
  const heading = useRef<HTMLHeadingElement>(null)
  const [say] = useState<Say>(() => ({
    say: setWords,
    sayAtTop: (said) => {
      setWords(said)
      heading.current?.focus()
    },
  }))
  useEffect(() => {
    if (isNews) heading.current?.focus()
  }, [isNews])
  return (
    <main className={styles.page} id="content" tabIndex={-1}>
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p className={styles.lead}>{lead}</p>}
        <p className={styles.said} role="status">
          {words}
        </p>
      </div>
      <SayContext value={say}>{children}</SayContext>
    </main>
  )
}

/** What a page is for, above what it shows. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>
}

export function List({ children }: { children: ReactNode }) {
  return <ul className={styles.list}>{children}</ul>
}

/** What is no more, folded away. */
export function Past({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className={styles.past}>
      <summary>{title}</summary>
      <List>{children}</List>
    </details>
  )
}

/** Where there is nothing yet: what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <section className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
