/**
 * PostgreSQL's words for what is told differently. Moments are of the type `timestamp(3)`, as Prisma makes them, and all
 * in UTC: a text that is cast to it keeps its figures whatever the time zone of the session.
 */
import type { Sql } from '../sql.ts'

const numbered = new Map<string, string>()

/** Statements of ours are few; none has a `?` in a text or as an operator. */
function statement(text: string): string {
  const known = numbered.get(text)
  if (known !== undefined) return known
  let number = 0
  const made = text.replaceAll('?', () => {
    number += 1
    return `$${number}`
  })
  numbered.set(text, made)
  return made
}

export const postgresSql: Sql = {
  // An update waits in a server for seconds at most, and the servers go by one clock (clock.ts).
  outOfOrderMs: 30_000,
  statement,
  each: (name) => `json_array_elements(?::json) AS ${name}(value)`,
  moment: (text) => `(${text})::timestamp`,
  momentText: (column) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  json: (column) => `${column}::json`,
  objectOf: (name, value) => `json_object_agg(${name}, ${value}::json)::text`,
  listOf: (...values) => `json_agg(json_build_array(${values.join(', ')}))::text`,
  endsWith: (text, end) => `right(lower(${text}), length(${end})) = lower(${end})`,
  // Not read as JSON: what was refused may be quoted in it, and hold what this database takes for no text.
  holdsMessage: (error) => `strpos(${error}, '"message":') > 0`,
}
