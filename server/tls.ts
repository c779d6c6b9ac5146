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
      server.setSecureContext({ ...readTls(files), ...tlsRules })
      log.info('the certificate was read again')
    } catch (error) {
      log.error({ err: error }, 'the renewed certificate cannot be used: the one before stays')
    }
  }
  // By looking: files are renewed by renaming, over mounts, through links; and either of them first.
  const watched = [files.certificate, files.key]
  for (const file of watched) watchFile(file, { interval: lookEveryMs, persistent: false }, take)
  return () => {
    for (const file of watched) unwatchFile(file, take)
  }
}

/** Only what keeps a line secret also from who gets the key later. Source: OWASP ASVS 5.0, V12.1. */
export const tlsRules = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ].join(':'),
  honorCipherOrder: true,
} as const
