/** SQLite's words for what is told differently. It keeps moments as text, and compares them as such. */
import type { Sql } from '../sql.ts'

export const sqliteSql: Sql = {
  outOfOrderMs: 0,
  statement: (text) => text,
  each: (name) => `json_each(?) AS ${name}`,
  moment: (text) => text,
  // What the adapter makes of a moment is written otherwise, and could not be compared.
  momentText: (column) => `CAST(${column} AS TEXT)`,
  json: (column) => column,
  objectOf: (name, value) => `json_group_object(${name}, json(${value}))`,
  listOf: (...values) => `json_group_array(json_array(${values.join(', ')}))`,
  endsWith: (text, end) => `substr(${text}, -length(${end})) = ${end} COLLATE NOCASE`,
  holdsMessage: (error) => `json_type(${error}, '$.error.message') IS NOT NULL`,
}
