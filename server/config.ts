/** The environment, parsed once. Nobody else reads process.env. */
import proxyAddress from 'proxy-addr'
import { z } from 'zod'
import { passwordProblem, passwordWords } from './managers/password-rules.ts'
import { parseKey } from './secret-key.ts'
import { dataFolder, isDatabaseAddress } from './store/database-address.ts'
import type { TlsFiles } from './tls.ts'

/** An IANA time zone. */
export const timeZone = z.string().refine(isTimeZone, { error: 'expected an IANA time zone, such as Europe/Madrid' })

const optional = <Value extends z.ZodType>(value: Value) =>
  z.preprocess((given) => (typeof given === 'string' && given.trim() === '' ? undefined : given), value)

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

const address = z.url({ protocol: /^https?$/, error: 'expected an http or https address' })

const chosenToken = z
  .string()
  .min(16, { error: 'expected at least 16 characters' })
  .max(200, { error: 'expected at most 200 characters' })
  // What stands after "Bearer" in a header.
  .regex(/^[\x21-\x7e]*$/, { error: 'expected letters, digits and signs of ASCII, without spaces' })
const hourMs = 3_600_000

const fields = {
  PORT: optional(z.coerce.number().int().min(0).max(65535).default(3000)),
  HOST: optional(z.string().default('0.0.0.0')),
  PUBLIC_URL: optional(address.optional()),
  TLS_CERT_FILE: optional(z.string().optional()),
  TLS_KEY_FILE: optional(z.string().optional()),
  TRUSTED_PROXIES: optional(
    z
      .string()
      .default('')
      .transform((text, context) => {
        const proxies = text.split(',').map((one) => one.trim())
        try {
          return proxyAddress.compile(proxies.filter((one) => one !== ''))
        } catch {
          context.addIssue({ code: 'custom', message: 'expected addresses or networks, such as 10.0.0.0/8,loopback' })
          return z.NEVER
        }
      }),
  ),
  DATABASE_URL: optional(
    z
      .string()
      .refine(isDatabaseAddress, { error: 'expected file:<path>, or postgres://<user>:<password>@<host>/<database>' })
      .default('file:./data/passline.db'),
  ),
  REDIS_URL: optional(
    z
      .url({ protocol: /^rediss?$/, error: 'expected redis://[<user>:<password>@]<host>[:<port>], or rediss://…' })
      .optional(),
  ),
  PASSLINE_DATA_FOLDER: optional(z.string().default('./data')),
  PASSLINE_SECRET_KEY: optional(
    z
      .string()
      .transform((text, context) => {
        const key = parseKey(text)
        if (key) return key
        context.addIssue({ code: 'custom', message: 'expected 32 bytes in base64 (openssl rand -base64 32)' })
        return z.NEVER
      })
      .optional(),
  ),
  PASSLINE_WEBHOOK_TOKEN: optional(chosenToken.optional()),
  PASSLINE_MANAGER_EMAIL: optional(z.email({ error: 'expected an e-mail address' }).max(200).toLowerCase().optional()),
  PASSLINE_MANAGER_PASSWORD: optional(z.string().optional()),
  TIME_ZONE: optional(timeZone.default(() => Intl.DateTimeFormat().resolvedOptions().timeZone)),
  PASSLINE_OPEN_BOARD: optional(z.enum(['true', 'false']).default('false')),
  METRICS_TOKEN: optional(chosenToken.optional()),
  PASSLINE_FORGET_AFTER_HOURS: optional(z.coerce.number().int().min(1).max(720).default(24)),
  PASSLINE_KEEP_DAYS: optional(z.coerce.number().int().min(2).max(3650).default(90)),
  ALERT_WEBHOOK_URL: optional(address.optional()),
  HEARTBEAT_URL: optional(address.optional()),
  LOG_LEVEL: optional(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info')),
}

/** Every setting that there is. */
export const settingNames = Object.keys(fields)

const settings = z
  .object(fields)
  // Beside other bad settings too, so that one message has them all.
  .refine((given) => given.PASSLINE_OPEN_BOARD !== 'true' || loopback.has(given.HOST), {
    when: () => true,
    path: ['PASSLINE_OPEN_BOARD'],
    error: 'expected HOST to be 127.0.0.1: an open board is for this machine alone',
  })
  .refine((given) => (given.TLS_CERT_FILE === undefined) === (given.TLS_KEY_FILE === undefined), {
    when: () => true,
    path: ['TLS_CERT_FILE'],
    error: 'expected TLS_CERT_FILE and TLS_KEY_FILE together',
  })
  .refine(({ PASSLINE_KEEP_DAYS: days, PASSLINE_FORGET_AFTER_HOURS: hours }) => days < 2 || !(days * 24 <= hours), {
    when: () => true,
    path: ['PASSLINE_KEEP_DAYS'],
    error: 'expected more than PASSLINE_FORGET_AFTER_HOURS: facts are kept for longer than people',
  })
  .refine((given) => (given.PASSLINE_MANAGER_EMAIL === undefined) === (given.PASSLINE_MANAGER_PASSWORD === undefined), {
    when: () => true,
    path: ['PASSLINE_MANAGER_EMAIL'],
    error: 'expected PASSLINE_MANAGER_EMAIL and PASSLINE_MANAGER_PASSWORD together',
  })
  .refine((given) => weakness(given) === null, {
    when: () => true,
    path: ['PASSLINE_MANAGER_PASSWORD'],
    error: ({ input }) => weakness(input as FirstManager) ?? '',
  })
  .refine((given) => given.TLS_CERT_FILE === undefined || !given.PUBLIC_URL?.startsWith('http:'), {
    when: () => true,
    path: ['PUBLIC_URL'],
    error: 'expected an https address, for TLS_CERT_FILE is set',
  })

/** Whether a proxy at this address, so many hops away, is trusted. */
export type TrustedProxies = (address: string, hops: number) => boolean

export type Config = {
  /** 0 takes a free port. */
  port: number
  host: string
  /** The address that people and Stream use, without a slash at its end; null: the one that the server finds itself. */
  publicUrl: string | null
  /** Null: plain http, alone or behind a proxy. */
  tls: TlsFiles | null
  /** Whose word for the address of a sender is taken. */
  trustedProxies: TrustedProxies
  databaseUrl: string
  /** Of what belongs to this server: the database, if it is a file, the key, and the socket of the commands. */
  dataFolder: string
  /** Seals what must be read again; null: the one in a file beside the database. */
  secretKey: Buffer | null
  /** A webhook credential that exists from the first start on. */
  webhookToken: string | null
  /** A manager who exists from the first start on. */
  firstManager: { email: string; password: string } | null
  /** Of new locations. */
  timeZone: string
  /** Every browser on this machine is a screen: for the demo. */
  isBoardOpen: boolean
  /** What who reads the metrics must show; null: everybody may. */
  metricsToken: string | null
  /** How long the people of an order are kept, and how long its facts, milliseconds. */
  keepPeopleMs: number
  keepFactsMs: number
  /** Where alarms are posted, and what is called every minute. */
  alertUrl: string | null
  heartbeatUrl: string | null
  logLevel: string
}

/**
 * Reads the settings.
 * @returns the settings, or one message that lists every bad one and what was expected
 */
export function readConfig(
  environment: Record<string, string | undefined> = process.env,
): Config | { problem: string } {
  const parsed = settings.safeParse(environment)
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    return { problem: ['These settings are not usable:', ...lines].join('\n') }
  }
  const given = parsed.data
  return {
    port: given.PORT,
    host: given.HOST,
    publicUrl: given.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    tls:
      given.TLS_CERT_FILE && given.TLS_KEY_FILE ? { certificate: given.TLS_CERT_FILE, key: given.TLS_KEY_FILE } : null,
    trustedProxies: given.TRUSTED_PROXIES,
    databaseUrl: given.DATABASE_URL,
    dataFolder: dataFolder(given.DATABASE_URL, given.PASSLINE_DATA_FOLDER),
    secretKey: given.PASSLINE_SECRET_KEY ?? null,
    webhookToken: given.PASSLINE_WEBHOOK_TOKEN ?? null,
    firstManager:
      given.PASSLINE_MANAGER_EMAIL && given.PASSLINE_MANAGER_PASSWORD
        ? { email: given.PASSLINE_MANAGER_EMAIL, password: given.PASSLINE_MANAGER_PASSWORD }
        : null,
    timeZone: given.TIME_ZONE,
    isBoardOpen: given.PASSLINE_OPEN_BOARD === 'true',
    metricsToken: given.METRICS_TOKEN ?? null,
    keepPeopleMs: given.PASSLINE_FORGET_AFTER_HOURS * hourMs,
    keepFactsMs: given.PASSLINE_KEEP_DAYS * 24 * hourMs,
    alertUrl: given.ALERT_WEBHOOK_URL ?? null,
    heartbeatUrl: given.HEARTBEAT_URL ?? null,
    logLevel: given.LOG_LEVEL,
  }
}

type FirstManager = { PASSLINE_MANAGER_EMAIL?: string | undefined; PASSLINE_MANAGER_PASSWORD?: string | undefined }

/** What is wrong with the password, or null. */
function weakness({ PASSLINE_MANAGER_EMAIL: email = '', PASSLINE_MANAGER_PASSWORD: password }: FirstManager) {
  const problem = password === undefined ? null : passwordProblem(password, [email])
  return problem && passwordWords[problem]
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
