/** What valid senders sent and we did not take: to be found, read, and taken after all. */
import type { Client, Writing } from './database.ts'

export type Refusal = {
  id: string
  at: Date
  credentialId: string
  requestId: string
  code: string
  /** The error as it was answered. */
  error: unknown
  /** As it came; null when it was too large to be read. */
  body: Buffer | null
}

export type Refusals = ReturnType<typeof createRefusals>

/** @param writing runs a write on its own, apart from the batches */
export function createRefusals(reader: Client, writing: Writing) {
  /** The newest first, without their bodies. */
  async function list(limit: number): Promise<Omit<Refusal, 'body'>[]> {
    const rows = await reader.refusal.findMany({ orderBy: { id: 'desc' }, take: limit, omit: { body: true } })
    return rows.map((row) => ({ ...row, id: String(row.id), error: JSON.parse(row.error) as unknown }))
  }

  async function find(id: string): Promise<Refusal | null> {
    const row = await reader.refusal.findUnique({ where: { id: BigInt(id) } })
    if (!row) return null
    const body = row.body === null ? null : Buffer.from(row.body)
    return { ...row, id: String(row.id), error: JSON.parse(row.error) as unknown, body }
  }

  /** The ids of all, the oldest first. */
  async function ids(): Promise<string[]> {
    const rows = await reader.refusal.findMany({ orderBy: { id: 'asc' }, select: { id: true } })
    return rows.map((row) => String(row.id))
  }

  async function remove(id: string): Promise<void> {
    await writing((client) => client.refusal.deleteMany({ where: { id: BigInt(id) } }))
  }

  return { list, find, ids, remove }
}
