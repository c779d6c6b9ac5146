/** Where the two databases write the same question differently. All other SQL of ours both of them take as it is. */
export type Sql = {
  /**
   * By how much changes and receipts may stand out of the order of time, milliseconds: where several servers write, the
   * one that took the higher id may have taken its time earlier.
   */
  outOfOrderMs: number
  /** A statement with `?` for each of its parameters, as this database takes it. */
  statement: (text: string) => string
  /** The entries of a parameter that is a list in JSON, each in the column `value` of a table of this name. */
  each: (name: string) => string
  /** A moment that is given as text (ISO 8601, UTC), to be compared with a column. */
  moment: (text: string) => string
  /** A column's moment as such a text. */
  momentText: (column: string) => string
  /** A column of text that holds JSON, for the operators `->` and `->>`. */
  json: (column: string) => string
  /** An object in JSON of many rows: of each its name, and its value, which is JSON. */
  objectOf: (name: string, value: string) => string
  /** A list in JSON of many rows, each a list of these values. */
  listOf: (...values: string[]) => string
  /** Whether a text ends with another, whatever the case of its letters; the other is named twice. */
  endsWith: (text: string, end: string) => string
  /** Whether the error of a refusal has its message yet. */
  holdsMessage: (error: string) => string
}
