/** The audit: who did what with people, screens, senders and personal data. Secrets never get here. */
import type { Client, Writing } from './database.ts'

export type AuditEntry = {
  /** A manager's e-mail address, or the command line. */
  by: string
  action: string
  about: Record<string, unknown>
}

export type Audit = ReturnType<typeof createAudit>

export function createAudit(reader: Client, writing: Writing, now: () => number) {
  async function note({ by, action, about }: AuditEntry): Promise<void> {
    await writing((client) =>
      client.auditEntry.create({ data: { at: new Date(now()), by, action, about: JSON.stringify(about) } }),
    )
  }

  /** The newest first. @param before the id of the entry that ended the page before */
  async function list(limit: number, before: number | null = null) {
    const where = before === null ? {} : { id: { lt: before } }
    const rows = await reader.auditEntry.findMany({ where, orderBy: { id: 'desc' }, take: limit })
    return rows.map(({ id, at, by, action, about }) => ({
      id,
      at,
      by,
      action,
      about: JSON.parse(about) as Record<string, unknown>,
    }))
  }

  return { note, list }
}
