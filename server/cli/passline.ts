/** `passline`: what an operator does by hand. Exit codes: 0 done, 1 failed, 2 misused. */
import { parseArgs } from 'node:util'
import { operator } from '../actor.ts'
import type { CommandResult } from '../administration.ts'
import { type Config, readConfig } from '../config.ts'
import { controlSocket, sendCommand } from '../control.ts'
import { createLog } from '../log.ts'
import { createManagement } from '../managers/management.ts'
import { createMetrics } from '../metrics.ts'
import { allowedPerMinute, createRateLimits } from '../rate-limit.ts'
import { createReceiveUpdate } from '../receive-update.ts'
import { createSigners } from '../signers.ts'
import { openStore } from '../store/store.ts'
import { run as simulate } from './simulate.ts'
import { isOfWholeDatabase, runOnWholeDatabase } from './whole-database.ts'

const help = `passline: what an operator does by hand

  simulate             play restaurants against a server (simulate --help)
  credential add       --name N [--location L]…   a webhook token; without a location it may speak for all
                       --signing: a secret that signs what is sent, instead of a token
  credential list
  credential rotate ID a second secret; the one before is taken until it is retired
  credential retire ID end the older of two secrets
  credential revoke ID
  screen add           --name N --role kitchen|counter|pickup (--location L… | --every-location)
                       a token, and a link that pairs the browser opening it: once, 30 minutes
                       --phone: nobody misses it when it is silent
                       --guests-can-see yes: passcode, phone and plate only where somebody asks for them
  screen pair          --code CODE and the same as screen add: the browser that shows the code becomes this screen
  screen list
  screen set ID        [--name N] [--role R] [--location L… | --every-location] [--guests-can-see yes|no]
  screen revoke ID
  manager add          --email E --role owner|manager [--location L]… [--name N]
                       a link by which the password is chosen: once, 30 minutes
  manager link         --email E   another such link; --without-second-factor: for who lost the device
  manager list
  manager set ID       --role owner|manager [--location L]…
  manager sign-out ID  everywhere
  manager remove ID
  location list
  location set ID      [--name N] [--time-zone ZONE] [--prep-minutes N|none]
                       [--opening-hours always|'{"mon":[["11:00","23:30"]]}']
                       [--language en|es|zh|ar|browser]
                       [--wait-limits usual|'{"preparing":{"soon":15,"late":20},"ready":…,"driverHere":…}']
  order find          --location L --text T   by id, or by how its number ends
  order hold           --location L --order O   keep its people for 14 days, for a dispute; again renews it
  order release        end that
  order erase          forget its people now, everywhere
  order export         print all that is stored of it, with its people
  refusals list        [--limit N]   what valid senders sent and was refused, the newest first
  refusals show ID     with its reason, whole as it came
  refusals retry ID    take it again, as its sender's; --all: all of them, the oldest first
  audit list           [--limit N] [--before ID]   who did what, the newest first
  backup FILE          the database as it is now, in one new file, checked; beside a running server too
  restore FILE         put a backup in the place of the database, which is kept; while no server runs
                       both for the embedded database: PostgreSQL has pg_dump and pg_restore
  move ADDRESS         everything from the embedded database into an empty PostgreSQL database, while no server runs:
                       postgres://USER:PASSWORD@HOST/DATABASE
  migrate              bring the database to this version, while no server runs

  --json               print one JSON object
  --help               this text

Beside a running server the command speaks to it; without one it opens the database itself.
`

type Result = CommandResult

async function main(parameters: string[]): Promise<number> {
  if (parameters[0] === 'simulate') return simulate(parameters.slice(1))
  const read = readParameters(parameters)
  if ('problem' in read) return misused(read.problem)
  if (read.isHelp) {
    process.stdout.write(help)
    return 0
  }
  const config = readConfig()
  if ('problem' in config) return misused(config.problem)
  const [noun = '', ...given] = read.words
  const command = read.words.slice(0, 2).join(' ')
  const result = isOfWholeDatabase(noun)
    ? await runOnWholeDatabase(noun, given, config)
    : await administer(config, command, read.given)
  // What is handed out is for a program, or a lawyer: one JSON object.
  return report(result, read.isJson || command === 'order export')
}

type Read = { words: string[]; given: Record<string, unknown>; isJson: boolean; isHelp: boolean }

function readParameters(parameters: string[]): Read | { problem: string } {
  try {
    const { values, positionals } = parseArgs({
      args: parameters,
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        role: { type: 'string' },
        location: { type: 'string', multiple: true },
        'every-location': { type: 'boolean' },
        order: { type: 'string' },
        text: { type: 'string' },
        limit: { type: 'string' },
        phone: { type: 'boolean' },
        'guests-can-see': { type: 'string' },
        code: { type: 'string' },
        email: { type: 'string' },
        'without-second-factor': { type: 'boolean' },
        before: { type: 'string' },
        signing: { type: 'boolean' },
        'time-zone': { type: 'string' },
        'opening-hours': { type: 'string' },
        'prep-minutes': { type: 'string' },
        language: { type: 'string' },
        'wait-limits': { type: 'string' },
        all: { type: 'boolean' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const [noun, , id, ...rest] = positionals
    if (rest.length > 0) return { problem: `unexpected: ${rest.join(' ')}` }
    const isHelp = values.help || noun === undefined
    return {
      words: positionals,
      given: {
        name: values.name,
        role: values.role,
        locations: values['every-location'] ? 'every' : values.location,
        order: values.order,
        text: values.text,
        limit: values.limit,
        isWatched: values.phone ? false : undefined,
        guestsCanSee: yesOrNo(values['guests-can-see']),
        ...(values.code && { code: values.code, isInFrontOfMe: true }),
        email: values.email,
        withoutSecondFactor: values['without-second-factor'],
        before: values.before,
        isSigning: values.signing,
        timeZone: values['time-zone'],
        openingHours: values['opening-hours'],
        prepTimeMinutes: values['prep-minutes'],
        language: values.language,
        waitLimits: values['wait-limits'],
        ...(values.all ? { all: true } : { id }),
      },
      isJson: values.json,
      isHelp,
    }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** @returns what is neither as it is: it is refused by its name where it is taken */
function yesOrNo(word: string | undefined): unknown {
  return word === 'yes' ? true : word === 'no' ? false : word
}

/** Asks the running server; without one, opens the database itself. */
async function administer(config: Config, command: string, given: unknown): Promise<Result> {
  const answered = await sendCommand(controlSocket(config.dataFolder), command, given)
  if (answered) return answered
  const log = createLog('error')
  const metrics = createMetrics()
  const { databaseUrl, dataFolder, secretKey, timeZone } = config
  const store = await openStore({
    databaseUrl,
    dataFolder,
    secretKey,
    timeZone,
    now: Date.now,
    log,
    metrics,
    onCommitted: () => {},
  })
  const { now } = store
  try {
    const address = config.publicUrl ?? `${config.tls ? 'https' : 'http'}://localhost:${config.port}`
    const createRateLimit = createRateLimits(null)
    const { replay } = createReceiveUpdate({
      credentials: store.credentials,
      failedAttempts: createRateLimit('failed-authentications', allowedPerMinute.failedAuthentications),
      signers: createSigners(now),
      writer: store.writer,
      loop: { isBehind: () => false },
      metrics,
      onWebhook: () => {},
      now,
      log,
    })
    const { administration } = createManagement({
      store,
      replay,
      address: () => address,
      isSecure: false,
      // Nobody is connected here; another server on the same database looks for itself.
      onRevoked: () => {},
      onMoved: () => {},
      createRateLimit,
      metrics,
      now,
      log,
    })
    return await administration(operator, command, given)
  } finally {
    await store.close()
  }
}

function report(result: Result, isJson: boolean): number {
  if (isJson) {
    process.stdout.write(`${JSON.stringify(result.done ? result.result : { error: result.message })}\n`)
  } else if (result.done) {
    process.stdout.write(`${describe(result.result)}\n`)
  } else {
    process.stderr.write(`${result.message}\n`)
  }
  return result.done ? 0 : result.reason === 'misused' ? 2 : 1
}

/** A result as lines: a table for a list, else a name and a value a line. */
function describe(result: Record<string, unknown>): string {
  return Object.entries(result)
    .map(([key, value]) => {
      if (!Array.isArray(value)) return `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
      if (value.length === 0) return `${key}: none`
      return value.map((one) => (typeof one === 'object' && one ? describe({ ...one }) : String(one))).join('\n\n')
    })
    .join('\n')
}

function misused(problem: string): number {
  process.stderr.write(`${problem}\n\n${help}`)
  return 2
}

process.umask(0o077)
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
