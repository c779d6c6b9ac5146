/** Colours that have a name in every language, and how a swatch of them looks. */
const swatches = {
  white: '#f7f7f5',
  black: '#17191b',
  silver: '#c3c8cc',
  grey: '#7c8388',
  red: '#c8202b',
  maroon: '#6d1a24',
  orange: '#ee7d1b',
  yellow: '#f3cf1d',
  gold: '#c9a24a',
  beige: '#dccdb0',
  brown: '#6b4529',
  green: '#2d8a45',
  teal: '#18858a',
  blue: '#2563c4',
  navy: '#1c2c55',
  purple: '#6e3fa0',
  pink: '#ec86ae',
} as const

export type ColourName = keyof typeof swatches

const otherNames: Record<string, ColourName> = {
  gray: 'grey',
  charcoal: 'grey',
  burgundy: 'maroon',
  golden: 'gold',
  tan: 'beige',
  cream: 'beige',
  violet: 'purple',
  'dark blue': 'navy',
  'navy blue': 'navy',
  turquoise: 'teal',
}

/** The colour that a driver's car is said to have; null for a word that we do not know. */
export function knownColour(said: string): { name: ColourName; swatch: string } | null {
  const word = said.trim().toLowerCase()
  const name = Object.hasOwn(swatches, word)
    ? (word as ColourName)
    : Object.hasOwn(otherNames, word)
      ? otherNames[word]
      : null
  return name ? { name, swatch: swatches[name] } : null
}
