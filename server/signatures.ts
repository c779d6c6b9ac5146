/**
 * How a webhook shows who sends it: by a token, or by a signature over its raw body.
 * Stream's own scheme (`Stream-Webhook-Signature`), and Standard Webhooks 1.0 (standardwebhooks.com).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Standard Webhooks signs the moment, too: what is older or newer than this is not taken. */
const toleratedMs = 5 * 60_000

export type Proof =
  | { kind: 'token'; token: string }
  /** `isBy`: whether the holder of this secret signed this body. */
  | { kind: 'signature'; isBy: (secret: string, body: Buffer) => boolean }
  /** There is none, or it cannot be true. */
  | { kind: 'none'; message: string }

/** A secret that signs: 256 bits, written as Standard Webhooks has them. */
export const signingSecretPattern = /^whsec_([A-Za-z0-9+/]{43}=)$/

/** @param now epoch milliseconds */
export function proofOf(header: (name: string) => string | null, now: number): Proof {
  const token = /^Bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1]
  if (token) return { kind: 'token', token }
  const ofStream = header('stream-webhook-signature')
  if (ofStream !== null) return streamProof(ofStream)
  if (header('webhook-signature') !== null) return standardProof(header, now)
  return { kind: 'none', message: 'expected Authorization: Bearer <token>, or a signature' }
}

/** HMAC-SHA256 of the raw body in hex, keyed with the secret as it is written. */
function streamProof(signature: string): Proof {
  if (!/^[0-9a-f]{64}$/i.test(signature)) {
    return { kind: 'none', message: 'Stream-Webhook-Signature: expected 64 hex digits' }
  }
  const given = Buffer.from(signature, 'hex')
  return { kind: 'signature', isBy: (secret, body) => isEqual(given, hmac(Buffer.from(secret), body)) }
}

function standardProof(header: (name: string) => string | null, now: number): Proof {
  const id = header('webhook-id') ?? ''
  const timestamp = header('webhook-timestamp') ?? ''
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) {
    return { kind: 'none', message: 'expected webhook-id, and webhook-timestamp in seconds' }
  }
  if (Math.abs(now - Number(timestamp) * 1_000) > toleratedMs) {
    return { kind: 'none', message: 'webhook-timestamp is more than five minutes from our time' }
  }
  const given = (header('webhook-signature') ?? '')
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice('v1,'.length), 'base64'))
  return {
    kind: 'signature',
    isBy: (secret, body) => {
      const key = signingSecretPattern.exec(secret)?.[1]
      // Anybody can sign with an empty key.
      if (key === undefined) return false
      const expected = hmac(Buffer.from(key, 'base64'), Buffer.from(`${id}.${timestamp}.`), body)
      return given.some((one) => isEqual(one, expected))
    },
  }
}

function hmac(key: Buffer, ...parts: Buffer[]): Buffer {
  const signing = createHmac('sha256', key)
  for (const part of parts) signing.update(part)
  return signing.digest()
}

function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
