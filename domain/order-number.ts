/** The number that staff and drivers say aloud. */

const letters = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** The last `count` characters as a person counts them, so that no emoji or accent is cut in two. */
function lastCharacters(text: string, count: number): string {
  if (/^[ -~]*$/.test(text)) return text.slice(-count)
  return Array.from(letters.segment(text), (part) => part.segment)
    .slice(-count)
    .join('')
}

/**
 * The part of an order's number that is spoken and shown huge: without leading letters and signs
 * ("ORDER-", "#"), and the last 4 if longer than 5.
 * A number of nothing but letters and signs is taken as it is.
 */
export function spokenNumber(number: string): string {
  const stripped = number.replace(/^[^\p{N}]+/u, '')
  const spoken = stripped === '' ? number.trim() : stripped
  return spoken.length > 5 ? lastCharacters(spoken, 4) : spoken
}

/**
 * Which of these spoken numbers could be taken for one another: those that share the last 3 characters.
 * @returns the spoken numbers concerned
 */
export function easilyConfused(numbers: readonly string[]): Set<string> {
  const byEnding = new Map<string, string[]>()
  for (const number of numbers) {
    const ending = lastCharacters(number, 3)
    byEnding.set(ending, [...(byEnding.get(ending) ?? []), number])
  }
  return new Set([...byEnding.values()].filter((group) => group.length > 1).flat())
}
