'use client'

import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useAsk } from '#components/account/use-ask.ts'
import { Form, SelectField, TextField } from '#components/ui/form.tsx'
import type { Place } from './location-choice.tsx'
import { Empty, List, ManagePage } from './manage-page.tsx'
import { type FoundOrder, OrderFound } from './order-found.tsx'

type Asked = { locations: [string]; text: string }

/** One order, found by what people say of it: what may be done with its people. */
export function Orders({ places }: { places: readonly Place[] }) {
  const t = useTranslations('manage')
  const { send, isPending, problem } = useAsk()
  const [asked, setAsked] = useState<Asked | null>(null)
  const [found, setFound] = useState<readonly FoundOrder[]>([])
  const [first] = places

  const find = (wanted: Asked) =>
    void send('manage/order/find', wanted, ({ orders }) => {
      setAsked(wanted)
      setFound(orders as FoundOrder[])
    })
  const submit = (values: FormData) => {
    const text = String(values.get('text')).trim()
    find({ locations: [String(values.get('location') ?? first?.id)], text })
  }
  if (!first) {
    return (
      <ManagePage title={t('nav.orders')}>
        <Empty title={t('place.none')}>
          <p>{t('locationChoice.none')}</p>
        </Empty>
      </ManagePage>
    )
  }
  return (
    <ManagePage title={t('nav.orders')} lead={t('orders.help')}>
      <Form submit={t('orders.find')} isPending={isPending} problem={problem} onSubmit={submit}>
        {places.length > 1 && (
          <SelectField
            name="location"
            label={t('orders.location')}
            options={places.map(({ id, name }) => ({ value: id, words: name ?? id }))}
            defaultValue={first.id}
          />
        )}
        <TextField name="text" label={t('orders.text')} help={t('orders.textHelp')} direction="ltr" />
      </Form>
      {asked !== null && found.length === 0 && (
        <Empty title={t('orders.nothing')}>
          <p>{t('orders.nothingHelp')}</p>
        </Empty>
      )}
      {asked !== null && (
        <List>
          {found.map((order) => (
            <li key={order.id}>
              <OrderFound order={order} locations={asked.locations} onChanged={() => find(asked)} />
            </li>
          ))}
        </List>
      )}
    </ManagePage>
  )
}
