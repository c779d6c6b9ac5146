import type { Connection } from '#components/live/screen.ts'

export type ConnectionKey =
  | 'connecting'
  | 'live'
  | 'live-again'
  | 'live-slow'
  | 'catching-up'
  | 'not-live'
  | 'never-live'
  | 'not-storing'
  | 'revoked'

/** Which words tell how far the board can be trusted. */
export function connectionKey(connection: Connection): ConnectionKey {
  if (connection.kind === 'live' && connection.isBack) return 'live-again'
  return connection.kind === 'not-live' && connection.since === null ? 'never-live' : connection.kind
}

/** What is shown must not be taken for what is true now. */
export function isStale(connection: Connection): boolean {
  return staleKey(connection) !== null
}

/** The connections of which a banner warns. */
export type StaleKey = 'not-live' | 'never-live' | 'not-storing'

export function staleKey(connection: Connection): StaleKey | null {
  const key = connectionKey(connection)
  return key === 'not-live' || key === 'never-live' || key === 'not-storing' ? key : null
}
