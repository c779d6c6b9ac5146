import type { Messages } from 'use-intl'
import type { Locale } from './locale.ts'

/** The texts of one language, as translators wrote them. Pages hand on compiled-messages.ts instead. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  switch (locale) {
    case 'en':
      return (await import('./messages/en.json', { with: { type: 'json' } })).default
    case 'es':
      return (await import('./messages/es.json', { with: { type: 'json' } })).default
    case 'zh':
      return (await import('./messages/zh.json', { with: { type: 'json' } })).default
    case 'ar':
      return (await import('./messages/ar.json', { with: { type: 'json' } })).default
    default:
      return locale satisfies never
  }
}
