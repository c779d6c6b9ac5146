/** The process: reads the settings, starts, says where everything is, and stops when told. */
import { networkInterfaces } from 'node:os'
import { type Config, readConfig } from './config.ts'
import { type Passline, startPassline } from './index.ts'
import { createLog } from './log.ts'
import { welcome } from './welcome.ts'

// What is made here holds people's data: nobody else on this machine reads it.
process.umask(0o077)

const config = readConfig()
if ('problem' in config) {
  console.error(config.problem)
  process.exit(2)
}
const log = createLog(config.logLevel)
const isDevelopment = process.argv.includes('--dev')

/** The port that it listens on. */
export const port = await start(config)

async function start(settings: Config): Promise<number> {
  try {
    const passline = await startPassline({ config: settings, log, isDevelopment })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(passline, signal))
    console.log(await welcome(passline, settings, lanAddresses(settings.host)))
    return passline.port
  } catch (error) {
    console.error(`Passline could not start: ${error instanceof Error ? error.message : String(error)}`)
    log.debug({ err: error }, 'could not start')
    process.exit(1)
  }
}

async function stop(passline: Passline, signal: string): Promise<void> {
  log.info({ signal }, 'stopping')
  try {
    await passline.stop()
    log.info('stopped')
    process.exit(0)
  } catch (error) {
    log.error({ err: error }, 'the stop was not clean')
    process.exit(1)
  }
}

/** Where other devices in the house reach this machine. */
function lanAddresses(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return []
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === 'IPv4' && !address.internal)
    .map((address) => address.address)
}
