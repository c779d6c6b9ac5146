/** A browser as far as cookies go: what is set is kept, and sent with what is asked next. */
import { createHmac } from 'node:crypto'
import type { Access } from '#server/store/managers.ts'
import type { TestServer } from './test-server.ts'

export type Answered = { status: number; headers: Headers; json: Record<string, unknown> }

export type Browser = {
  cookies: Map<string, string>
  post: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answered>
  get: (path: string) => Promise<{ status: number; headers: Headers; text: string }>
}

export function browser(url: string): Browser {
  const cookies = new Map<string, string>()
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const keep = (headers: Headers) => {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      if (attributes.includes('Max-Age=0')) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }
  return {
    cookies,
    post: async (path, body = {}, headers = {}) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: cookie(), ...headers },
        body: JSON.stringify(body),
      })
      keep(response.headers)
      return { status: response.status, headers: response.headers, json: await response.json() }
    },
    get: async (path) => {
      const response = await fetch(`${url}${path}`, { headers: { cookie: cookie() }, redirect: 'manual' })
      keep(response.headers)
      return { status: response.status, headers: response.headers, text: await response.text() }
    },
  }
}

export const goodPassword = 'walnut-harbour-72-lantern'

/** Makes a manager, and a browser in which that manager is signed in. */
export async function signedIn(server: TestServer, email: string, access: Access): Promise<Browser> {
  await server.passline.accounts.create({ email, name: email, ...access }, goodPassword)
  const own = browser(server.url)
  const { status } = await own.post('/api/manager/sign-in', { email, password: goodPassword })
  if (status !== 200) throw new Error(`signing in was answered ${status}`)
  return own
}

/** What makes a link by which this manager chooses a password. */
export async function passwordLinkOf({ passline }: TestServer, email: string): Promise<string> {
  const manager = await passline.store.managers.findByEmail(email)
  if (!manager) throw new Error(`there is no manager ${email}`)
  return passline.accounts.passwordLink(manager.id)
}

/** What an authenticator shows now. Source: RFC 6238. */
export function totp(uri: string, at = Date.now()): string {
  const secret = fromBase32(new URL(uri).searchParams.get('secret') ?? '')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const digest = createHmac('sha1', secret).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

function fromBase32(text: string): Buffer {
  const bits = [...text.replaceAll('=', '')]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [])
}
