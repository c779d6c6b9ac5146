import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTranslator } from 'use-intl/core'
import { compiledMessages } from '#components/i18n/compiled-messages.ts'
import { loadMessages } from '#components/i18n/load-messages.ts'
import { intlLocale, locales, pickLocale } from '#components/i18n/locale.ts'
import { deliveryStatuses, statuses } from '#domain/stream-words.ts'

type Tree = { [key: string]: string | Tree }

function texts(tree: Tree, above = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(above + key, value)
    else for (const [path, text] of texts(value, `${above}${key}.`)) found.set(path, text)
  }
  return found
}

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)[,}]/g)].map((match) => match[1] ?? ''))]
    .filter((one) => /^[a-z]/.test(one))
    .sort()
}

const english = texts(await loadMessages('en'))

for (const locale of locales) {
  test(`${locale} says everything that English says, with the same values in it`, async () => {
    const spoken = texts(await loadMessages(locale))
    assert.deepEqual([...spoken.keys()].sort(), [...english.keys()].sort())
    for (const [key, text] of spoken) {
      assert.notEqual(text.trim(), '', key)
      if (!text.includes('plural')) assert.deepEqual(placeholders(text), placeholders(english.get(key) ?? ''), key)
    }
  })

  test(`${locale} has words for every status, and counts in Latin digits`, async () => {
    const messages = await loadMessages(locale)
    for (const status of statuses) assert.ok(messages.status[status], status)
    for (const status of deliveryStatuses) assert.ok(messages.deliveryStatus[status], status)
    const t = createTranslator({ locale: intlLocale(locale), messages })
    assert.match(t('order.items', { count: 14 }), /14/)
  })

  test(`${locale} tells handing over to the driver from delivering to the customer`, async () => {
    const { action, delivery } = await loadMessages(locale)
    assert.notEqual(delivery.handedOver, delivery.completed)
    assert.notEqual(action['hand-over'].driver, action.delivered)
  })
}

test('a browser gets the language that it likes best of ours', () => {
  assert.equal(pickLocale('de-DE, es;q=0.8, en;q=0.5'), 'es')
  assert.equal(pickLocale('zh-Hans-CN,zh;q=0.9'), 'zh')
  assert.equal(pickLocale('en;q=0, ar;q=0.1'), 'ar')
  assert.equal(pickLocale('tlh, *;q=0.5'), 'en')
  assert.equal(pickLocale(null), 'en')
})

test('compiled messages are plain JSON, as React hands them on', async () => {
  for (const locale of locales) {
    const messages = await compiledMessages(locale)
    assert.deepEqual(JSON.parse(JSON.stringify(messages)), messages)
  }
})
