'use client'

import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { Control } from './control.tsx'
import styles from './panels.module.css'

export type Panel = {
  name: string
  /** What the button says that opens it. */
  word: string
  content: (close: () => void) => ReactNode
}

type Props = {
  panels: readonly Panel[]
  /** The id of what the buttons are about. */
  describedBy?: string | undefined
  /** `page`: what a page is for; `card`: what can be done with one thing on it. */
  of: 'page' | 'card'
}

/**
 * Buttons that each open something below them, one at a time. The focus goes into what was opened, and back to its
 * button when it is closed, so that a keyboard never loses its place.
 */
export function Panels({ panels, describedBy, of }: Props) {
  const [openName, setOpenName] = useState<string | null>(null)
  const buttons = useRef(new Map<string, HTMLButtonElement>())
  const open = panels.find(({ name }) => name === openName)

  function close(): void {
    if (openName !== null) buttons.current.get(openName)?.focus()
    setOpenName(null)
  }

  return (
    <div>
      <div className={styles.buttons}>
        {panels.map(({ name, word }) => (
          <Control
            key={name}
            kind={of === 'page' ? 'large' : 'plain'}
            isExpanded={name === openName}
            describedBy={describedBy}
            ref={(button) => {
              if (button) buttons.current.set(name, button)
              return () => {
                buttons.current.delete(name)
              }
            }}
            onPress={() => setOpenName(name === openName ? null : name)}
          >
            {word}
          </Control>
        ))}
      </div>
      {open && (
        <OpenPanel key={open.name} word={open.word} of={of} describedBy={describedBy} close={close}>
          {open.content(close)}
        </OpenPanel>
      )}
    </div>
  )
}

type OpenPanelProps = Pick<Props, 'of' | 'describedBy'> & { word: string; close: () => void; children: ReactNode }

function OpenPanel({ word, of, describedBy, close, children }: OpenPanelProps) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => panel.current?.focus(), [])
  const closeOnEscape = ({ key }: KeyboardEvent) => key === 'Escape' && close()
  return (
    <section
      className={styles.panel}
      data-framed={of === 'page'}
      aria-label={word}
      aria-describedby={describedBy}
      tabIndex={-1}
      ref={panel}
      onKeyDown={closeOnEscape}
    >
      {children}
    </section>
  )
}
