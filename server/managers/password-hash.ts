/**
 * Passwords are kept as slow hashes that name how they were made, so that a stronger one can follow.
 * Source: OWASP ASVS 5.0, appendix C: scrypt with N = 2^15, r = 8, p = 3; 32 MiB each.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

const now = { N: 2 ** 15, r: 8, p: 3 } as const
const hashBytes = 32
const saltBytes = 16

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const hash = await slowHash(password, salt, now)
  return ['scrypt', now.N, now.r, now.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** In constant time; false too where the hash is none of ours. */
export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [kind, N, r, p, salt, expected] = hash.split('$')
  if (kind !== 'scrypt' || salt === undefined || expected === undefined) return false
  const found = await slowHash(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  const wanted = Buffer.from(expected, 'base64url')
  return found.length === wanted.length && timingSafeEqual(found, wanted)
}

function slowHash(password: string, salt: Buffer, { N = 0, r = 0, p = 0 }: ScryptOptions): Promise<Buffer> {
  const options = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, hash) =>
      error ? reject(error) : resolve(hash),
    )
  })
}
