/** What has served its time besides orders: ended screens, senders and sessions, links and codes, and the audit. */
import type { Client, Transaction, Writing } from './database.ts'

export type Retired = ReturnType<typeof createRetired>

/** @param writing runs a write on its own, apart from the batches */
export function createRetired(reader: Client, writing: Writing) {
  /**
   * Removes what ended by a moment, and what was good until now.
   * @param by epoch milliseconds, as is `at`, which is now
   * @returns how many rows
   */
  async function remove(by: number, at: number): Promise<number> {
    // Hardly ever is there any: reading costs nobody a turn.
    const counts = await Promise.all(tablesOf(reader, by, at).map(({ count }) => count()))
    if (counts.every((count) => count === 0)) return 0
    return writing(async (client) => {
      let removed = 0
      for (const table of tablesOf(client, by, at)) removed += (await table.remove()).count
      return removed
    })
  }

  return { remove }
}

/** Each table, with what of it has served its time. */
function tablesOf(client: Transaction, by: number, at: number) {
  const old = { where: { at: { lte: new Date(by) } } }
  const revoked = { where: { revokedAt: { lte: new Date(by) } } }
  const expired = { where: { expiresAt: { lte: new Date(at) } } }
  const { auditEntry, screen, credential, managerSession, managerVerification, pairingCode } = client
  return [
    { count: () => auditEntry.count(old), remove: () => auditEntry.deleteMany(old) },
    { count: () => screen.count(revoked), remove: () => screen.deleteMany(revoked) },
    { count: () => credential.count(revoked), remove: () => credential.deleteMany(revoked) },
    { count: () => managerSession.count(expired), remove: () => managerSession.deleteMany(expired) },
    { count: () => managerVerification.count(expired), remove: () => managerVerification.deleteMany(expired) },
    { count: () => pairingCode.count(expired), remove: () => pairingCode.deleteMany(expired) },
  ]
}
