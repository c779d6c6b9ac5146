/** The store: opened once, used by all. */
import type { Logger } from 'pino'
import { createSecretKey, type SecretKey } from '../secret-key.ts'
import { type Audit, createAudit } from './audit.ts'
import type { CommittedChange } from './batch.ts'
import { type Boards, createBoards } from './boards.ts'
import { type Credentials, createCredentials } from './credentials.ts'
import type { Client } from './database.ts'
import { isPostgres, makeDataFolder } from './database-address.ts'
import { createLeases, type Leases } from './leases.ts'
import { createLocations, type Locations } from './locations.ts'
import { createManagers, type Managers } from './managers.ts'
import type { OpenedDatabase } from './opened.ts'
import { createPairingCodes, type PairingCodes } from './pairing-codes.ts'
import { createPast, type Past } from './past.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { createRetired, type Retired } from './retired.ts'
import { openRevisions, type Revisions } from './revisions.ts'
import { createScreens, type Screens } from './screens.ts'
import { openSqlite } from './sqlite/open.ts'
import { createWatchkeeping, type Watchkeeping } from './watchkeeping.ts'
import { openBatchWriter, type Writer, type WriterMetrics } from './writer.ts'

export type Store = {
  boards: Boards
  credentials: Credentials
  screens: Screens
  locations: Locations
  pairingCodes: PairingCodes
  managers: Managers
  audit: Audit
  refusals: Refusals
  past: Past
  retired: Retired
  watchkeeping: Watchkeeping
  revisions: Revisions
  leases: Leases
  /** Nobody else writes to the database while we have it open. */
  isAlone: boolean
  writer: Writer
  /** Kept where the database is not. */
  secretKey: SecretKey
  /** The clock of all moments that are stored, epoch milliseconds. */
  now: () => number
  close: () => Promise<void>
}

type Settings = {
  databaseUrl: string
  /** Of what belongs to this server: the database, if it is a file, and the key. */
  dataFolder: string
  /** Of the settings; null: the one in a file of that folder. */
  secretKey: Buffer | null
  timeZone: string
  /** This machine's clock. */
  now: () => number
  log: Logger
  metrics: WriterMetrics
  onCommitted: (changes: readonly CommittedChange[]) => void
}

/**
 * Opens the database, migrating it first.
 * @throws when it cannot be opened or migrated, or, being a file, another process has it open
 */
export async function openStore(settings: Settings): Promise<Store> {
  makeDataFolder(settings.dataFolder)
  const database = await openDatabase(settings)
  const { reader, sql, now, readHistory } = database
  try {
    const revisions = await openRevisions({ reader, sql, readHistory, log: settings.log })
    const writer = openBatchWriter({ ...settings, database: database.written, now })
    const secretKey = createSecretKey(settings.secretKey, settings.dataFolder)
    // A new one would stand in the place of one that is to come back.
    if (!(await isAnythingSealed(reader))) secretKey.make()
    const screens = createScreens({ reader, writing: writer.administer, sql, revisions })
    return {
      boards: createBoards(reader, sql),
      credentials: createCredentials({
        reader,
        writing: writer.administer,
        secretKey,
        revisions,
        now,
        onUnreadable: (credentialId) =>
          settings.log.error({ credentialId }, 'a signing secret cannot be read with this key: it takes nothing'),
      }),
      screens,
      pairingCodes: createPairingCodes({
        reader,
        writing: writer.administer,
        screens,
        key: secretKey.derive('pairing codes'),
        now,
      }),
      managers: createManagers(reader, writer.administer),
      audit: createAudit(reader, writer.administer, now),
      locations: createLocations(writer.administerBoards, revisions, settings.timeZone),
      refusals: createRefusals(reader, writer.administer),
      past: createPast(reader, sql),
      retired: createRetired(reader, writer.administer),
      watchkeeping: createWatchkeeping({ reader, writing: writer.administer, sql, revisions }),
      revisions,
      leases: createLeases(writer.administer, sql, now),
      isAlone: readHistory === null,
      writer,
      secretKey,
      now,
      close: async () => {
        revisions.stop()
        await writer.close()
        database.release()
      },
    }
  } catch (error) {
    database.release()
    throw error
  }
}

async function openDatabase({ databaseUrl, now, log }: Settings): Promise<OpenedDatabase> {
  if (!isPostgres(databaseUrl)) return openSqlite(databaseUrl, now, log)
  const { openPostgres } = await import('./postgres/open.ts')
  return openPostgres(databaseUrl, now, log)
}

async function isAnythingSealed(reader: Client): Promise<boolean> {
  const secrets = await reader.credentialSecret.count({ where: { sealed: { not: null }, revokedAt: null } })
  return secrets > 0 || (await reader.managerTwoFactor.count()) > 0
}
