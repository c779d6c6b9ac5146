/** What the errors of SQLite mean. */

/** Between two tries while another process holds the lock. */
export const tryAgainMs = 25

/** What an error says, in a line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.trim().split('\n').at(-1) || error.name : String(error)
}

/** Whether another process holds the lock. */
export function isBusy(reason: string): boolean {
  return /SQLITE_BUSY|SQLITE_LOCKED|database is locked|Timed out|SocketTimeout/i.test(reason)
}

/** A constraint, a conversion, or an error of our own code: the same update would fail again. */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof Error)) return true
  const isOfDatabase = /SQLITE_|database|disk|locked|unable to open|I\/O|ENOENT|EACCES|EROFS|timed out|connection/i
  const isConstraint = /constraint|malformed JSON|datatype mismatch|too big/i
  return isConstraint.test(error.message) || !isOfDatabase.test(error.message)
}
