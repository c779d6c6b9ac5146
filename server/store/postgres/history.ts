/**
 * Which past of which database this is. Another server, a copy, one that was restored, or a standby that took over and
 * may lack what was committed last: each has another past, and what screens hold of ours means nothing there.
 */
import type { Logger } from 'pino'
import type { Client } from '../database.ts'
import { statesOf } from './clients.ts'

/** The file of a table is another one when its rows were brought back from a copy. */
const ofTables = `concat_ws(' ', (SELECT oid FROM pg_database WHERE datname = current_database()),
  pg_relation_filenode('locations'), pg_relation_filenode('orders'))`

/** A line of time begins where a server took over, or was restored to a moment. */
const ofServer = `concat_ws(' ', (SELECT system_identifier FROM pg_control_system()),
  (SELECT timeline_id FROM pg_control_checkpoint()))`

/** A role that may not ask, and a server that has no such function. */
const notTold = new Set(['42501', '42883'])

/** @returns a reading that throws when the database does not answer */
export function createReadHistory(reader: Client, log: Logger): () => Promise<string> {
  let isServerTold = true

  async function ask(marks: string): Promise<string> {
    const rows = await reader.$queryRawUnsafe<{ history: string }[]>(`SELECT ${marks} AS history`)
    return rows[0]?.history ?? ''
  }

  return async () => {
    if (!isServerTold) return ask(ofTables)
    try {
      return await ask(`concat_ws(' ', ${ofServer}, ${ofTables})`)
    } catch (error) {
      // Of a database that is away for a moment it tells nothing: this server would be of another history for good.
      if (!statesOf(error).some((state) => notTold.has(state))) throw error
      const history = await ask(ofTables)
      isServerTold = false
      log.warn({ err: error }, 'this database does not tell its line of time: after a standby took over, start anew')
      return history
    }
  }
}
