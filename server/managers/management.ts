/** All that lets people manage: composed in one place. */
import type { Logger } from 'pino'
import { type Administration, createAdministration } from '../administration.ts'
import type { Metrics } from '../metrics.ts'
import { createPersonalData } from '../personal-data.ts'
import { allowedPerMinute, type CreateRateLimit, failedSignInsPerAccount } from '../rate-limit.ts'
import type { Replay } from '../receive-update.ts'
import type { Store } from '../store/store.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { createManagerRequests, type ManagerRequests } from './manager-requests.ts'

export type Management = {
  accounts: Accounts
  administration: Administration
  managerRequests: ManagerRequests
}

type Settings = {
  store: Store
  replay: Replay
  /** The address that people open, for links; it may be known only when the server listens. */
  address: () => string
  /** People come over https: cookies then go nowhere else. */
  isSecure: boolean
  /** Called when a screen must go at once, and when it has other work or another place. */
  onRevoked: (screenId: string) => void
  onMoved: (screenId: string) => void
  createRateLimit: CreateRateLimit
  metrics: Pick<Metrics, 'signIns'>
  now: () => number
  log: Logger
}

export function createManagement(settings: Settings): Management {
  const { store, replay, address, isSecure, onRevoked, onMoved, createRateLimit, metrics, now, log } = settings
  const { managers, audit, secretKey } = store
  const accounts = createAccounts({ managers, secret: secretKey.derive('managers'), isSecure, log })
  const personalData = createPersonalData({ store, now })
  const administration = createAdministration({
    store,
    accounts,
    personalData,
    replay,
    address,
    onRevoked,
    onMoved,
    log,
  })
  const managerRequests = createManagerRequests({
    managers,
    accounts,
    administration,
    audit,
    metrics,
    limits: {
      address: createRateLimit('failed-sign-ins', allowedPerMinute.failedSignIns),
      account: createRateLimit('account', failedSignInsPerAccount.allowed, failedSignInsPerAccount.perSeconds),
      everybody: createRateLimit('sign-ins', allowedPerMinute.signIns),
      codes: createRateLimit('wrong-codes', allowedPerMinute.wrongCodes),
    },
    key: secretKey.derive('known browsers'),
    isKeyThere: secretKey.exists,
    isSecure,
    now,
    log,
  })
  return { accounts, administration, managerRequests }
}
