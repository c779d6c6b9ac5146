/** Own certificate files: read at the start, and again when they were renewed. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { Server } from 'node:https'
import type { Logger } from 'pino'

/** Paths of PEM files; the certificate with those that lead to its root. */
export type TlsFiles = { certificate: string; key: string }

const lookEveryMs = 5_000

/** @throws when a file cannot be read */
export function readTls({ certificate, key }: TlsFiles): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certificate), key: readFileSync(key) }
}

/**
 * Takes renewed files for new connections. What cannot be used is told, and the ones before stay.
 * @returns what ends it
 */
export function followTls(files: TlsFiles, server: Server, log: Logger): () => void {
  const take = () => {
    try {
      server.setSecureContext(readTls(files))
      log.info('the certificate was read again')
    } catch (error) {
      log.error({ err: error }, 'the renewed certificate cannot be used: the one before stays')
    }
  }
  // By looking: files are renewed by renaming, over mounts, through links.
  watchFile(files.certificate, { interval: lookEveryMs, persistent: false }, take)
  return () => unwatchFile(files.certificate, take)
}
