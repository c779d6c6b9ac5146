/** What browsers are told to do with our pages, and whose pages we answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIsOwnOrigin } from '#server/web-rules.ts'
import { browser } from '#tests/helpers/browser.ts'
import { send } from '#tests/helpers/send.ts'
import { testServer } from '#tests/helpers/test-server.ts'

const policyOf = (response: Response) =>
  new Map(
    (response.headers.get('content-security-policy') ?? '').split('; ').map((rule) => {
      const [name = '', ...values] = rule.split(' ')
      return [name, values]
    }),
  )

test('a page runs only the scripts that it brings, each named by a word of this one answer', async () => {
  await using server = await testServer()
  const nonces = new Set<string>()
  for (const path of ['/board', '/', '/pair/nothing', '/nowhere', '/board']) {
    const response = await fetch(`${server.url}${path}`)
    const policy = policyOf(response)
    const scripts = policy.get('script-src') ?? []
    const nonce = /'nonce-([^']+)'/.exec(scripts.join(' '))?.[1] ?? ''
    assert.deepEqual(scripts, ["'self'", `'nonce-${nonce}'`], path)
    assert.deepEqual(policy.get('frame-ancestors'), ["'none'"])
    assert.deepEqual(policy.get('object-src'), ["'none'"])
    assert.match(response.headers.get('permissions-policy') ?? '', /camera=\(\)/)
    const tags = [...(await response.text()).matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag)
    assert.ok(tags.length > 0, path)
    for (const tag of tags) assert.ok(tag.includes(`nonce="${nonce}"`), `${path}: ${tag}`)
    nonces.add(nonce)
  }
  assert.equal(nonces.size, 5, 'each answer has its own word')
})

test('a sender’s own policy is not taken for ours', async () => {
  await using server = await testServer()
  const headers = { 'content-security-policy': "script-src 'nonce-chosen'" }
  const response = await fetch(`${server.url}/board`, { headers })
  assert.ok(!(await response.text()).includes('chosen'))
})

test('what is for programs loads nothing in a browser, and every answer says what it is', async () => {
  await using server = await testServer()
  const asked = [
    fetch(`${server.url}/api/health`),
    fetch(`${server.url}/api/locations/north/board`),
    fetch(`${server.url}/api/nowhere`),
    fetch(`${server.url}/api/webhooks/stream`, { method: 'POST', body: '{}' }),
    fetch(`${server.url}/api/pair`, { method: 'POST', body: '{}', headers: { origin: 'https://elsewhere.example' } }),
  ]
  for (const response of await Promise.all(asked)) {
    assert.deepEqual(policyOf(response).get('default-src'), ["'none'"], response.url)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(response.headers.get('strict-transport-security'), null, 'not where people come over http')
  }
})

test('where people come over https, browsers are told to come by no other way', async () => {
  await using server = await testServer({ settings: { PUBLIC_URL: 'https://passline.example' } })
  for (const path of ['/board', '/api/health', '/api/webhooks/stream']) {
    const response = await fetch(`${server.url}${path}`)
    assert.equal(response.headers.get('strict-transport-security'), 'max-age=31536000', path)
  }
})

test('another page is answered nowhere but at the webhook, which goes by no cookie', async () => {
  await using server = await testServer()
  const elsewhere = { origin: 'https://elsewhere.example', 'content-type': 'application/json' }
  const { token } = await server.screen('kitchen', ['north'])
  const paths: [method: string, path: string][] = [
    ['POST', '/api/pair'],
    ['POST', '/api/screen/beat'],
    ['POST', '/api/locations/north/orders/1/ready'],
    ['POST', '/api/locations/north/gaps/1/seen'],
    ['POST', '/api/locations/north/screens/1/off'],
    ['GET', '/api/locations/north/board'],
    ['GET', '/api/locations/north/changes?epoch=1&after=0'],
    ['GET', '/api/metrics'],
    ['DELETE', '/api/nowhere'],
  ]
  for (const [method, path] of paths) {
    const body = method === 'POST' ? '{}' : null
    const headers = { ...elsewhere, cookie: `passline_screen=${token}` }
    const response = await fetch(`${server.url}${path}`, { method, headers, body })
    assert.equal(response.status, 403, `${method} ${path}`)
  }
  assert.equal((await server.post('{}', elsewhere)).status, 400)
})

test('a page is ours by the name that it was asked by, or by the address that people open', () => {
  const isOwn = createIsOwnOrigin('https://passline.example', false, false)
  const host = '10.0.0.7:3000'
  for (const origin of [undefined, 'https://passline.example', 'http://10.0.0.7:3000']) {
    assert.equal(isOwn({ origin, host }), true, origin)
  }
  for (const origin of ['null', '', 'http://passline.example', 'https://passline.example:444', 'http://10.0.0.7']) {
    assert.equal(isOwn({ origin, host }), false, origin)
  }
  assert.equal(isOwn({ origin: 'http://passline.example', host: 'passline.example' }), false, 'http is not https')
  assert.equal(createIsOwnOrigin(null, false, false)({ origin: 'https://passline.example', host }), false)
  const ways = (isTls: boolean) =>
    ['http', 'https'].filter((way) => createIsOwnOrigin(null, isTls, false)({ origin: `${way}://${host}`, host }))
  assert.deepEqual([ways(false), ways(true)], [['http'], ['https']])
})

test('what nobody means to ask is refused, and is no surprise', async () => {
  await using server = await testServer()
  const headers = { 'content-type': 'application/json' }
  const ask = async (path: string, body?: string) =>
    (await send(server.url, { method: body === undefined ? 'GET' : 'POST', path, headers, body })).status
  for (const path of ['/%ff', '/pair/%ff', '/api/locations/%e0%a4/board', '/%'])
    assert.equal(await ask(path), 400, path)
  for (const state of ['%ff', '%5B%5D', 'x'.repeat(5_000)]) {
    const asked = { rsc: '1', 'next-router-state-tree': state }
    assert.equal((await send(server.url, { method: 'GET', path: '/nothing', headers: asked })).status, 404)
  }
  for (const value of ['{"toString":1}', '["a"]', 'null', '7', '{"__proto__":null}']) {
    assert.equal(await ask('/api/pair', `{"link":${value}}`), 404, value)
    assert.equal(await ask('/api/pair', value), 404, value)
    assert.equal(await ask('/api/pair/poll', `{"device":${value}}`), 200, value)
  }
  const { token } = await server.screen('kitchen', ['north'])
  const beat = JSON.stringify({ n: 1, positions: {}, painted: {}, hidden: 0, sound: 'on', build: 'x' })
  const beatAs = async (type: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type }
    return (await send(server.url, { path: '/api/screen/beat', headers, body: beat })).status
  }
  assert.equal(await beatAs('application/json; charset=utf-8'), 200)
  for (const type of ['text/plain', 'application/json+x', 'application/jsonp']) {
    assert.equal(await beatAs(type), 400, type)
  }
})

test('an open board answers to the names of its own machine alone', async () => {
  await using server = await testServer({ settings: { PASSLINE_OPEN_BOARD: 'true' } })
  const ask = async (host: string) =>
    (await send(server.url, { method: 'GET', path: '/api/health', headers: { host } })).status
  const { port } = server.passline
  for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, '[::1]']) {
    assert.equal(await ask(host), 200, host)
  }
  for (const host of [`evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.7']) {
    assert.equal(await ask(host), 403, host)
  }
})

test('over https a screen is known by a cookie that nobody but this host can set', async () => {
  await using server = await testServer({ settings: { PUBLIC_URL: 'https://passline.example' } })
  const { link } = await server.passline.store.screens.add({ name: 'Kitchen', role: 'kitchen', locations: ['north'] })
  const paired = await browser(server.url).post('/api/pair', { link })
  const [cookie = ''] = paired.headers.getSetCookie()
  assert.match(cookie, /^__Host-passline_screen=scr_\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/)
  const [pair = ''] = cookie.split(';')
  const board = async (given: string) =>
    (await send(server.url, { method: 'GET', path: '/api/locations/north/board', headers: { cookie: given } })).status
  assert.equal(await board(pair), 200)
  assert.equal(await board(pair.replace('__Host-', '')), 401, 'what a neighbour may have set')
})
