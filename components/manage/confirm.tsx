'use client'

import type { ReactNode } from 'react'
import { PanelForm } from './panel-form.tsx'
import { useCommand } from './use-command.ts'

type Props = {
  /** What is about to happen, and what that means. */
  question: ReactNode
  /** What the button says that does it. */
  yes: string
  command: string
  given: object
  close: () => void
  onDone: (result: Record<string, unknown>) => void
  say?: Parameters<ReturnType<typeof useCommand>['command']>[3]
}

/** Asks once more, beside what it is about. */
export function Confirm({ question, yes, command: name, given, close, onDone, say }: Props) {
  const { command, isPending, problem } = useCommand()
  return (
    <PanelForm
      submit={yes}
      isPending={isPending}
      problem={problem}
      onSubmit={() => command(name, given, onDone, say)}
      close={close}
    >
      <p>{question}</p>
    </PanelForm>
  )
}
