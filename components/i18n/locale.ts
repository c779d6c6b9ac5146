import { type Locale, locales } from '#domain/locales.ts'

export { type Locale, locales }

export function isLocale(text: string): text is Locale {
  return (locales as readonly string[]).includes(text)
}

export function directionOf(locale: Locale): 'ltr' | 'rtl' {
  return locale === 'ar' ? 'rtl' : 'ltr'
}

/** The locale as Intl takes it: every digit on a screen is a Latin one, so that it can be compared with a receipt. */
export function intlLocale(locale: Locale): string {
  return `${locale}-u-nu-latn`
}

/**
 * The language that a browser likes best of those that we speak; English when it likes none.
 * @param acceptLanguage the header of RFC 9110, 12.5.4, or null
 */
export function pickLocale(acceptLanguage: string | null): Locale {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
      const weight = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find((one) => one !== undefined)
      return { language: tag.trim().split('-')[0] ?? '', weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter((one) => one.weight > 0)
    .sort((one, other) => other.weight - one.weight)
  return wanted.map((one) => one.language).find(isLocale) ?? 'en'
}
