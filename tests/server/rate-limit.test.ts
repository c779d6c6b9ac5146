/** Strangers are slowed down, each by the address that they truly have; those who are known are not. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { countedAs } from '#server/rate-limit.ts'
import { send } from '#tests/helpers/send.ts'
import { holdLock } from '#tests/helpers/stored.ts'
import { testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

type Server = Awaited<ReturnType<typeof testServer>>

const from = (address: string) => ({ 'x-forwarded-for': address })

const guess = ({ url }: Server, headers: Record<string, string> = {}) =>
  send(url, { headers: { authorization: 'Bearer wrong-token-of-somebody', ...headers }, body: '{}' })

const pair = ({ url }: Server, headers: Record<string, string> = {}) =>
  send(url, {
    path: '/api/pair',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"link":"pair_of_nobody"}',
  })

const open = ({ url }: Server, headers: Record<string, string> = {}) =>
  send(url, { method: 'GET', path: '/board', headers })

/** A request whose target goes out as it is. */
async function rawRequest(port: number, target: string): Promise<{ status: number; text: string }> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const part of socket) text += part
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text }
}

/** How many of these are answered before the first that is told to wait. */
async function answeredBeforeWait(ask: () => ReturnType<typeof send>, atMost: number): Promise<number> {
  for (let count = 0; count <= atMost; count += 1) {
    const { status, headers } = await ask()
    if (status !== 429) continue
    const wait = Number(headers['retry-after'])
    assert.ok(wait >= 1 && wait <= 60, `${wait} s`)
    return count
  }
  return Number.POSITIVE_INFINITY
}

test('guesses of tokens, pairing links and pages are limited, and none of them for those who are known', async () => {
  await using server = await testServer()
  const { token, socket } = await server.screen('kitchen', ['north'])
  assert.equal(await answeredBeforeWait(() => guess(server), 40), 30)
  assert.equal(await answeredBeforeWait(() => pair(server), 40), 30)
  assert.equal(await answeredBeforeWait(() => open(server), 310), 300)
  assert.equal((await server.post(updated('north', 'one'))).status, 200)
  const board = { method: 'GET', path: '/api/locations/north/board', headers: { authorization: `Bearer ${token}` } }
  assert.equal((await send(server.url, board)).status, 200)
  assert.ok(socket.connected)
  const paired = await open(server, { cookie: `passline_screen=${token}` })
  assert.equal(paired.status, 200, 'a screen that loads its page anew')
  const stranger = await open(server, { cookie: 'passline_screen=scr_of_nobody' })
  assert.equal(stranger.status, 429)
  assert.match(stranger.headers['content-type'] ?? '', /^text\/html/)
  assert.equal(stranger.headers.refresh, stranger.headers['retry-after'], 'it tries again by itself')
  const health = await send(server.url, { method: 'GET', path: '/api/health' })
  assert.equal(health.status, 200)
})

test('a path that Next would read as another is answered nowhere', async () => {
  await using server = await testServer()
  for (const path of ['/api/./pair', '/api/pair#x', '/_next/../board', '/x/%2e%2e/api/pair', '/api/../board', '/a b']) {
    const { status, text } = await rawRequest(server.passline.port, path)
    assert.equal(status, 400, `${path}: ${text}`)
  }
})

test('an address is counted as what stands behind it', () => {
  const cases = {
    '10.0.0.7': '10.0.0.7',
    '10.0.0.7:51234': '10.0.0.7',
    '::ffff:10.0.0.7': '10.0.0.7',
    '2001:db8:1:2:3:4:5:6': '8193:3512:1:2/64',
    '2001:db8:1:2:ffff::1': '8193:3512:1:2/64',
    '[2001:db8:1:2::9]:443': '8193:3512:1:2/64',
    '': '',
    'no address': 'no address',
  }
  for (const [address, counted] of Object.entries(cases)) assert.equal(countedAs(address), counted, address)
})

test('a link that is none costs the database no write', async () => {
  await using server = await testServer()
  const lock = holdLock(server.databaseFile)
  try {
    assert.equal((await pair(server)).status, 404)
  } finally {
    lock.release()
  }
})

test('who nobody trusts cannot choose an address', async () => {
  await using server = await testServer()
  let number = 0
  const ask = () => {
    number += 1
    return guess(server, from(`10.1.1.${number}`))
  }
  assert.equal(await answeredBeforeWait(ask, 40), 30)
})

test('behind a proxy that is trusted each address is counted for itself, and the last word is the proxy’s', async () => {
  await using server = await testServer({ settings: { TRUSTED_PROXIES: 'loopback' } })
  assert.equal(await answeredBeforeWait(() => guess(server, from('10.1.1.1')), 40), 30)
  assert.equal((await guess(server, from('10.1.1.2'))).status, 401)
  // What stands before the proxy's own word is the sender's.
  assert.equal((await guess(server, from('10.9.9.9, 10.1.1.1'))).status, 429)
})
