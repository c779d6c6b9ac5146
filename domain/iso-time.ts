/** Set to each moment that is written: beside Next, which wraps the constructor, a new one for each costs twice as much. */
const date = new Date(0)

/** A moment as it goes over the wire: ISO 8601 UTC; unknown is null. @param at epoch milliseconds */
export function iso(at: number): string
export function iso(at: number | null): string | null
export function iso(at: number | null): string | null {
  if (at === null) return null
  date.setTime(at)
  return date.toISOString()
}
