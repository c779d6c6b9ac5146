'use client'

import { type ReactNode, useId } from 'react'
import styles from './card.module.css'
import { type Panel, Panels } from './panels.tsx'

type Props = {
  title: ReactNode
  /** What kind of thing it is, beside its name. */
  about?: ReactNode
  /** What can be done with it. */
  panels?: readonly Panel[]
  children?: ReactNode
}

/** One thing on a page: what it is, what is known of it, what can be done with it. */
export function Card({ title, about, panels = [], children }: Props) {
  const id = useId()
  return (
    <article className={styles.card} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        {about && <p className={styles.about}>{about}</p>}
      </div>
      {children}
      {panels.length > 0 && <Panels of="card" panels={panels} describedBy={id} />}
    </article>
  )
}
