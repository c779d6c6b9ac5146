/** The key that seals what must be read again, kept where the database is not: a copy of the database opens nothing. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const keyBytes = 32
const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

export type SecretKey = {
  /** Whether there is one yet. */
  exists: () => boolean
  /** Makes one if there is none. */
  make: () => void
  /** A key for one purpose, 32 bytes; without a key to make it of, one that ends with this process. */
  derive: (purpose: string) => Buffer
  /** @param about what it belongs to: sealed for one, it opens for no other */
  seal: (text: string, about: string) => Uint8Array<ArrayBuffer>
  /** @returns null when it was sealed with another key, for something else, or was changed */
  open: (sealed: Uint8Array, about: string) => string | null
}

/** A setting as a key: 32 bytes in base64, either alphabet. @returns null when it is none */
export function parseKey(text: string): Buffer | null {
  const key = Buffer.from(text, 'base64')
  return /^[\w+/-]{43}=?$/.test(text) && key.length === keyBytes ? key : null
}

/**
 * The key of the setting, else that of the file in this folder, beside the database, made when it is first needed.
 * @throws when the file cannot be read or written, or holds no key
 */
export function createSecretKey(chosen: Buffer | null, folder: string): SecretKey {
  const file = path.join(folder, 'secret.key')
  let known = chosen
  const key = (): Buffer => {
    known ??= readKey(file)
    return known
  }
  const exists = () => known !== null || existsSync(file)
  const make = () => {
    if (!exists()) makeKey(file)
  }
  const passing = randomBytes(keyBytes)
  return {
    exists,
    make,
    derive: (purpose) => Buffer.from(hkdfSync('sha256', exists() ? key() : passing, '', purpose, keyBytes)),
    seal: (text, about) => {
      make()
      const iv = randomBytes(ivBytes)
      const sealing = createCipheriv(cipher, key(), iv).setAAD(Buffer.from(about))
      const sealed = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()])
      return new Uint8Array(Buffer.concat([iv, sealing.getAuthTag(), sealed]))
    },
    open: (sealed, about) => {
      try {
        const opening = createDecipheriv(cipher, key(), sealed.subarray(0, ivBytes))
        opening.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
        return Buffer.concat([opening.update(sealed.subarray(ivBytes + tagBytes)), opening.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}

/** For its owner alone, and never over one that is there: what that one sealed could not be opened any more. */
function makeKey(file: string): void {
  const whole = `${file}.new`
  rmSync(whole, { force: true })
  writeFileSync(whole, `${randomBytes(keyBytes).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  // It is there whole or not at all, whatever ends us in between.
  linkSync(whole, file)
  rmSync(whole)
}

function readKey(file: string): Buffer {
  const key = parseKey(readFileSync(file, 'utf8').trim())
  if (!key) throw new Error(`${file} holds no key: expected ${keyBytes} bytes in base64`)
  return key
}
