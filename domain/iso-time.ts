/** Seconds as text, by their number: most moments that are written lie in seconds that were written before. */
const seconds = new Map<number, string>()
const mostSeconds = 20_000

const ends = Array.from({ length: 1_000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`)

/** A moment as it goes over the wire: ISO 8601 UTC; unknown is null. @param at epoch milliseconds */
export function iso(at: number): string
export function iso(at: number | null): string | null
export function iso(at: number | null): string | null {
  if (at === null) return null
  const whole = Math.trunc(at)
  const second = Math.floor(whole / 1_000)
  let text = seconds.get(second)
  if (text === undefined) {
    if (seconds.size >= mostSeconds) seconds.clear()
    text = new Date(whole).toISOString().slice(0, -'000Z'.length)
    seconds.set(second, text)
  }
  return text + ends[whole - second * 1_000]
}
