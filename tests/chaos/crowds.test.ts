/** Many, slow and endless connections: memory stays bounded, they end in time, and other senders do not notice. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { webhookPath } from '#server/http.ts'
import { heldKiB } from '#tests/helpers/process.ts'
import { send } from '#tests/helpers/send.ts'
import { type ServerProcess, serverProcess } from '#tests/helpers/server-process.ts'
import { countsOf } from '#tests/helpers/stored.ts'
import { updated } from '#tests/helpers/webhooks.ts'

const mebibyte = 1024 * 1024

/** Memory that the server holds, in MiB. */
const heldMiB = (server: ServerProcess) => heldKiB(server.child().pid ?? 0) / 1024

function open(server: ServerProcess): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  // The other side cuts them: that is what these tests are about.
  socket.on('error', () => {})
  return once(socket, 'connect').then(() => socket)
}

function openMany(server: ServerProcess, count: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, () => open(server)))
}

/** The head of a webhook whose body is still to come. */
function head(token: string, length: number | 'chunked', more: string[] = []): string {
  const body = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
  const lines = [`POST ${webhookPath} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${token}`, body, ...more]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Resolves when a connection is closed, however it ends. */
async function closedBy(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}

/** All that a connection hears until it is closed. */
async function heardUntilClosed(socket: Socket): Promise<string> {
  let heard = ''
  socket.on('data', (part) => {
    heard += part
  })
  await closedBy(socket)
  return heard
}

let posted = 0

/** Somebody else's updates are taken, all of them. */
async function assertOthersAreServed(server: ServerProcess, count = 50): Promise<void> {
  const before = countsOf(server.databaseFile).receipts
  for (let index = 0; index < count; index += 1) {
    posted += 1
    const body = JSON.stringify(updated('north', `order ${posted}`))
    const sent = await send(server.url.replace('localhost', '127.0.0.1'), {
      headers: { authorization: `Bearer ${server.token}` },
      body,
    })
    assert.equal(sent.status, 200, sent.text)
  }
  assert.equal(countsOf(server.databaseFile).receipts, before + count)
}

test('200 senders of a byte a second are cut in time, and others do not notice', async () => {
  await using server = await serverProcess()
  await assertOthersAreServed(server)
  const before = heldMiB(server)
  const sockets = await openMany(server, 200)
  const text = JSON.stringify(updated('north', 'slow'))
  const heard = sockets.map((socket, index) => {
    // Half of them are slow in their heads already.
    const request = head(server.token, text.length) + text
    let at = index % 2 === 0 ? 10 : request.indexOf('\r\n\r\n') + 4
    socket.write(request.slice(0, at))
    const timer = setInterval(() => {
      socket.write(request.slice(at, at + 1))
      at += 1
    }, 1_000)
    return heardUntilClosed(socket).finally(() => clearInterval(timer))
  })
  await assertOthersAreServed(server, 300)
  assert.ok(heldMiB(server) - before < 100, `${heldMiB(server) - before} MiB more`)
  for (const one of await Promise.all(heard)) assert.match(one, /^HTTP\/1\.1 408 /)
  await assertOthersAreServed(server)
})

test('10,000 connections that say nothing are cut in time, and others do not notice', async () => {
  await using server = await serverProcess()
  await assertOthersAreServed(server)
  const before = heldMiB(server)
  const sockets: Socket[] = []
  while (sockets.length < 10_000) sockets.push(...(await openMany(server, 250)))
  const closed = sockets.map(closedBy)
  for (const socket of sockets) socket.resume()
  await assertOthersAreServed(server)
  assert.ok(heldMiB(server) - before < 300, `${heldMiB(server) - before} MiB more`)
  await Promise.all(closed)
  await assertOthersAreServed(server)
})

test('strangers with made-up signatures take neither memory nor the room of others', async () => {
  await using server = await serverProcess()
  await server.passline('credential', 'add', '--name', 'Signer', '--signing')
  await assertOthersAreServed(server)
  const before = heldMiB(server)
  const signed = `Stream-Webhook-Signature: ${'0'.repeat(64)}`
  const headOf = (length: number | 'chunked') => head('', length, [signed]).replace(/Authorization: .*\r\n/, '')
  const sockets = await openMany(server, 200)
  const heard = sockets.map((socket, index) => {
    if (index % 2 === 0) {
      // All but the last byte.
      socket.write(headOf(mebibyte) + 'x'.repeat(mebibyte - 1))
    } else {
      // A part for each byte.
      socket.write(headOf('chunked') + '1\r\nx\r\n'.repeat(100_000))
    }
    return heardUntilClosed(socket)
  })
  await assertOthersAreServed(server, 300)
  assert.ok(heldMiB(server) - before < 150, `${heldMiB(server) - before} MiB more`)
  for (const one of await Promise.all(heard)) assert.doesNotMatch(one, /^HTTP\/1\.1 2/)
  await assertOthersAreServed(server)
})

test('what a screen would send is not read of who is none', async () => {
  await using server = await serverProcess()
  const before = heldMiB(server)
  const sockets = await openMany(server, 50)
  const part = 'x'.repeat(16 * mebibyte)
  const heard = sockets.map((socket, index) => {
    const path = index % 2 === 0 ? '/api/screen/beat' : '/api/locations/north/orders/1/ready'
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${part.length + 1}\r\n\r\n`,
    )
    socket.write(part)
    return heardUntilClosed(socket)
  })
  await assertOthersAreServed(server)
  const answers = await Promise.all(heard)
  // Who is still sending when the connection is cut may not hear why.
  for (const one of answers) assert.match(one, /^(HTTP\/1\.1 401 |$)/)
  assert.ok(answers.some((one) => one !== ''))
  assert.ok(heldMiB(server) - before < 200, `${heldMiB(server) - before} MiB more`)
})

test('bodies without end are refused at their limit and cut, with and without a credential', async () => {
  await using server = await serverProcess()
  await assertOthersAreServed(server)
  const before = heldMiB(server)
  const part = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const endless = async (token: string) => {
    const socket = await open(server)
    const heard = heardUntilClosed(socket)
    socket.write(head(token, 'chunked', ['Content-Type: application/json']))
    let sent = 0
    const more = () => {
      while (!socket.destroyed && socket.writable) {
        sent += part.length
        if (!socket.write(part)) return
      }
    }
    socket.on('drain', more)
    more()
    return { heard: await heard, sent }
  }
  const many = Promise.all(Array.from({ length: 60 }, (_, index) => endless(index < 40 ? server.token : 'nobody')))
  await assertOthersAreServed(server)
  const all = await many
  for (const { heard } of all.slice(0, 40)) assert.match(heard, /^HTTP\/1\.1 413 /)
  for (const { heard } of all.slice(40)) assert.match(heard, /^HTTP\/1\.1 (401|429) /)
  assert.ok(heldMiB(server) - before < 300, `${heldMiB(server) - before} MiB more`)
  await assertOthersAreServed(server)
})

test('more large bodies at once than fit are told to come again, and the room is given back', async () => {
  await using server = await serverProcess()
  await assertOthersAreServed(server)
  const before = heldMiB(server)
  const sockets = await openMany(server, 300)
  const answered: string[] = []
  for (const socket of sockets) {
    socket.on('data', (part) => answered.push(String(part).slice(0, 12)))
    // All but the last byte.
    socket.write(head(server.token, mebibyte))
    socket.write('x'.repeat(mebibyte - 1))
  }
  while (answered.length < 300 - 128) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(answered.includes('HTTP/1.1 503'))
  // On a machine that takes long to send all this, the first have run out of time.
  for (const one of answered) assert.match(one, /^HTTP\/1\.1 (503|408)$/)
  assert.ok(heldMiB(server) - before < 500, `${heldMiB(server) - before} MiB more`)
  for (const socket of sockets) socket.destroy()
  await assertOthersAreServed(server)
  const body = JSON.stringify(updated('north', 'large', { note: 'x'.repeat(mebibyte - 1_000) }))
  const url = server.url.replace('localhost', '127.0.0.1')
  const large = Array.from({ length: 60 }, () =>
    send(url, { headers: { authorization: `Bearer ${server.token}` }, body }),
  )
  for (const { status } of await Promise.all(large)) assert.equal(status, 200)
})

test('requests that are sent without waiting for answers are answered in their order, on one connection', async () => {
  await using server = await serverProcess()
  const socket = await open(server)
  const bodies = Array.from({ length: 60 }, (_, index) => JSON.stringify(updated('north', `piped ${index % 20}`)))
  socket.write(bodies.map((body) => head(server.token, body.length) + body).join(''))
  let heard = ''
  for await (const part of socket) {
    heard += part
    if ([...heard.matchAll(/"seq":\d+\}/g)].length === bodies.length) break
  }
  const answers = [...heard.matchAll(/\{"outcome":"(\w+)","seq":(\d+)\}/g)].map(([, outcome, seq]) => [outcome, seq])
  assert.deepEqual(
    answers,
    bodies.map((_, index) => [index < 20 ? 'changed' : 'repeated', String((index % 20) + 1)]),
  )
})
