'use client'

import { useTranslations } from 'use-intl'
import { Identifier } from '#components/ui/identifier.tsx'
import { Card } from './card.tsx'
import { Confirm } from './confirm.tsx'
import { Facts, Moment } from './facts.tsx'
import { useSay } from './manage-page.tsx'
import type { Panel } from './panels.tsx'

export type FoundOrder = {
  id: string
  number: string | null
  source: string | null
  firstSeenAt: string
  endedAt: string | null
  erasedAt: string | null
  heldUntil: string | null
}

type Props = {
  order: FoundOrder
  locations: readonly string[]
  onChanged: () => void
}

/** What is known of an order without its people, and what may be done with them. */
export function OrderFound({ order, locations, onChanged }: Props) {
  const t = useTranslations('manage.orders')
  const { say } = useSay()
  const { id, number, source, firstSeenAt, endedAt, erasedAt, heldUntil } = order
  const isHeld = heldUntil !== null && Date.parse(heldUntil) > Date.now()

  /** A button that asks once more, then does what its command is called. */
  const panel = (name: 'hold' | 'release' | 'erase' | 'export', onDone?: (result: object) => void): Panel => ({
    name,
    word: t(name),
    content: (close) => (
      <Confirm
        question={t(`${name}Ask`)}
        yes={name === 'export' ? t('exportYes') : t(name)}
        command={`order/${name}`}
        given={{ locations, order: id }}
        close={close}
        onDone={(result) => {
          onDone?.(result)
          say(t(`${name}Done`))
          close()
          onChanged()
        }}
        say={({ code, message }) => (code === 'conflict' ? message : null)}
      />
    ),
  })
  const exported = panel('export', (result) => download(`order-${number ?? id}.json`, result))
  const panels = erasedAt !== null ? [exported] : [panel(isHeld ? 'release' : 'hold'), panel('erase'), exported]

  return (
    <Card title={<Identifier>{number ?? id}</Identifier>} about={source && <bdi>{source}</bdi>} panels={panels}>
      <Facts
        of={[
          [t('id'), <Identifier key="id">{id}</Identifier>],
          [t('seen'), <Moment key="seen" at={new Date(firstSeenAt)} />],
          ...factOf(t('ended'), endedAt),
          ...factOf(t('held'), isHeld ? heldUntil : null),
          ...factOf(t('erased'), erasedAt),
        ]}
      />
    </Card>
  )
}

function factOf(label: string, at: string | null) {
  return at === null ? [] : [[label, <Moment key={label} at={new Date(at)} />] as const]
}

/** Gives the browser a file that was never an address: nobody else can ask for it. */
function download(name: string, content: object): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name.replace(/[^\w.-]+/g, '_')
  link.click()
  URL.revokeObjectURL(address)
}
