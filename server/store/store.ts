/** The store: opened once, used by all. */
import path from 'node:path'
import type { Logger } from 'pino'
import { createSecretKey, type SecretKey } from '../secret-key.ts'
import { type Audit, createAudit } from './audit.ts'
import type { CommittedChange } from './batch.ts'
import { type Boards, createBoards } from './boards.ts'
import { type Credentials, createCredentials } from './credentials.ts'
import { type Client, databaseFile, makeDataFolder, openReader } from './database.ts'
import { createLocations, type Locations } from './locations.ts'
import { lockDatabase } from './lock.ts'
import { createManagers, type Managers } from './managers.ts'
import { migrate } from './migrate.ts'
import { createPairingCodes, type PairingCodes } from './pairing-codes.ts'
import { createPast, type Past } from './past.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { createRetired, type Retired } from './retired.ts'
import { createScreens, type Screens } from './screens.ts'
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
  writer: Writer
  /** Kept where the database is not. */
  secretKey: SecretKey
  close: () => Promise<void>
}

export const migrationsFolder = path.resolve('prisma/sqlite/migrations')

type Settings = {
  databaseUrl: string
  /** Of the settings; null: the one in a file beside the database. */
  secretKey: Buffer | null
  timeZone: string
  now: () => number
  log: Logger
  metrics: WriterMetrics
  onCommitted: (changes: readonly CommittedChange[]) => void
}

/**
 * Opens the database for this process alone, migrating it first.
 * @throws when another process has it open, or it cannot be opened or migrated
 */
export async function openStore({ databaseUrl, secretKey: chosenKey, ...settings }: Settings): Promise<Store> {
  const file = databaseFile(databaseUrl)
  makeDataFolder(file)
  const lock = lockDatabase(file)
  if (!lock) throw new Error(`another Passline has the database open: ${file}`)
  try {
    const applied = await migrate(file, migrationsFolder)
    if (applied.length > 0) settings.log.info({ applied }, 'the database was migrated')
    const reader = openReader(file)
    const writer = openBatchWriter({ file, reader, ...settings })
    const { now } = settings
    const secretKey = createSecretKey(chosenKey, file)
    // A new one would stand in the place of one that is to come back.
    if (!(await isAnythingSealed(reader))) secretKey.make()
    const screens = createScreens(reader, writer.administer)
    return {
      boards: createBoards(reader),
      credentials: createCredentials({
        reader,
        writing: writer.administer,
        secretKey,
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
      locations: createLocations(writer.administerBoards, settings.timeZone),
      refusals: createRefusals(reader, writer.administer),
      past: createPast(reader),
      retired: createRetired(reader, writer.administer),
      watchkeeping: createWatchkeeping(reader, writer.administer),
      writer,
      secretKey,
      close: async () => {
        await writer.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function isAnythingSealed(reader: Client): Promise<boolean> {
  const secrets = await reader.credentialSecret.count({ where: { sealed: { not: null }, revokedAt: null } })
  return secrets > 0 || (await reader.managerTwoFactor.count()) > 0
}
