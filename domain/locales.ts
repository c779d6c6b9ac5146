/** The languages that are complete, the fallback first. */
export const locales = ['en', 'es', 'zh', 'ar'] as const

export type Locale = (typeof locales)[number]
