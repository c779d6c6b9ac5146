/** A table of ours as a whole, for who copies all of them from one database to another. */

/** Whole numbers are big ones: ids are longer than a number holds exactly. */
export type Value = string | number | bigint | Uint8Array | null

export type Table = {
  name: string
  columns: readonly string[]
  /** The columns that tell one row from another. */
  key: readonly string[]
  /** The highest number that it gave a row by itself, though that row may be gone; 0 where nobody knows. */
  lastNumber: bigint
  /** Its rows, each the values of its columns, read from the database as they are asked for. */
  rows: () => Iterable<readonly Value[]>
}
