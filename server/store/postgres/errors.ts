/** What went wrong at a PostgreSQL server, and whether it helps to try again. Codes: PostgreSQL, Appendix A. */

export type Fault =
  /** Somebody else was first (a deadlock, a key, a lock that is held): the same may work a moment later. */
  | 'again'
  /** The database refuses what it was given: the same would be refused again. */
  | 'refused'
  /** The database does not do its work. */
  | 'away'

/** Serialization failure and deadlock. */
const conflicts = new Set(['40001', '40P01'])
const lockNotAvailable = '55P03'

type DatabaseError = Error & { code?: string; severity?: string; constraint?: string }

/** The SQLSTATE of an error of the server, or null: of the connection, or of our own. */
function stateOf(error: unknown): string | null {
  const { code, severity } = error as DatabaseError
  return typeof code === 'string' && typeof severity === 'string' ? code : null
}

/** What ends a connection, or keeps one from being made: it tells nothing of what was asked on it. */
const ofConnections = /^(08|57P|53300|25P03|28|3D)/

/** Whether the server answered a statement with an error: then a transaction is surely not committed. */
export function isAnswered(error: unknown): boolean {
  const state = stateOf(error)
  return state !== null && !ofConnections.test(state)
}

export function isLockHeld(error: unknown): boolean {
  return stateOf(error) === lockNotAvailable
}

export function faultOf(error: unknown): Fault {
  const state = stateOf(error)
  if (state === null) return isOfConnection(error) ? 'again' : 'refused'
  if (conflicts.has(state) || state === lockNotAvailable) return 'again'
  // The number of a refusal is the next free one: another server took it first.
  if (state === '23505' && (error as DatabaseError).constraint === 'refusals_pkey') return 'again'
  // The connection broke, was ended, or was one too many: another one may be served.
  if (/^(08|57P|25P03|53300)/.test(state)) return 'again'
  // Values and keys that cannot be, statements that are none, rows that are too large; but not what we may not do (42501).
  if (/^(21|22|23|42|54|P0|0A)/.test(state) && state !== '42501') return 'refused'
  return 'away'
}

function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code = '' } = error as DatabaseError
  return /^E[A-Z]+$/.test(code) || /connection|timeout|socket|not queryable/i.test(error.message)
}

/** For operators: without what was given, which an error's detail may repeat. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  const state = stateOf(error)
  return state === null ? error.message.split('\n')[0] || error.name : `${error.message} (${state})`
}
