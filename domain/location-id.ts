/**
 * Whether a text may be the id of a location. What is known of locations travels in records by their ids, and what every
 * object has of itself, such as `__proto__`, would get lost in one.
 */
export function mayBeLocationId(text: string): boolean {
  return !(text in Object.prototype)
}

export const noLocationId = 'this cannot be the id of a location'
