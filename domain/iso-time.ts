/** A moment as it goes over the wire: ISO 8601 UTC; unknown is null. @param at epoch milliseconds */
export function iso(at: number): string
export function iso(at: number | null): string | null
export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
