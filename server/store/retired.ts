/** What has served its time besides orders: ended screens, senders and sessions, links and codes, and the audit. */
import type { Client } from './database.ts'

export type Retired = ReturnType<typeof createRetired>

/** @param writing runs a write on its own, apart from the batches */
export function createRetired(
  reader: Client,
  writing: <Result>(work: (client: Client) => Promise<Result>) => Promise<Result>,
) {
  /**
   * Removes what ended by a moment, and what was good until now.
   * @param by epoch milliseconds, as is `at`, which is now
   * @returns how many rows
   */
  async function remove(by: number, at: number): Promise<number> {
    // Hardly ever is there any: reading costs nobody a turn.
    if ((await countOf(reader, by, at)) === 0) return 0
    return writing(async (client) => {
      const { old, revoked, expired } = wheres(by, at)
      const removed = [
        await client.auditEntry.deleteMany(old),
        await client.screen.deleteMany(revoked),
        await client.credential.deleteMany(revoked),
        await client.managerSession.deleteMany(expired),
        await client.managerVerification.deleteMany(expired),
        await client.pairingCode.deleteMany(expired),
      ]
      return removed.reduce((sum, { count }) => sum + count, 0)
    })
  }

  return { remove }
}

async function countOf(reader: Client, by: number, at: number): Promise<number> {
  const { old, revoked, expired } = wheres(by, at)
  const counts = [
    await reader.auditEntry.count(old),
    await reader.screen.count(revoked),
    await reader.credential.count(revoked),
    await reader.managerSession.count(expired),
    await reader.managerVerification.count(expired),
    await reader.pairingCode.count(expired),
  ]
  return counts.reduce((sum, count) => sum + count, 0)
}

function wheres(by: number, at: number) {
  return {
    old: { where: { at: { lte: new Date(by) } } },
    revoked: { where: { revokedAt: { lte: new Date(by) } } },
    expired: { where: { expiresAt: { lte: new Date(at) } } },
  }
}
