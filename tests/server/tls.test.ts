/** Https by Passline itself: pages, webhook and websocket, and a certificate that is renewed under it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { connect } from 'node:tls'
import { io } from 'socket.io-client'
import { beat } from '#tests/helpers/screens.ts'
import { type TestSocket, testServer } from '#tests/helpers/test-server.ts'
import { updated } from '#tests/helpers/webhooks.ts'

/** A folder with a certificate for localhost that signs itself. */
function certificateFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-tls-'))
  const files = { certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') }
  function renew(name: string): Buffer {
    const [key, certificate] = [`${files.key}.new`, `${files.certificate}.new`]
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost']
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', ...kind, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' })
    // The harder way: for a moment they do not belong together.
    renameSync(certificate, files.certificate)
    renameSync(key, files.key)
    return readFileSync(files.certificate)
  }
  return { files, renew, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

type Answer = { status: number; headers: Record<string, unknown>; text: string }

function ask(port: number, ca: Buffer, options: { method: string; path: string; headers?: object; body?: string }) {
  return new Promise<Answer>((resolve, reject) => {
    const { body, ...rest } = options
    const asked = request({ host: 'localhost', port, ca, ...rest, headers: { ...rest.headers } }, async (response) => {
      let text = ''
      for await (const part of response) text += part
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Whose certificate a new connection is shown. */
async function nameShown(port: number): Promise<string> {
  const socket = connect({ host: 'localhost', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

test('pages, webhook and websocket are served over https, and a renewed certificate is taken', async () => {
  using folder = certificateFolder()
  const ca = folder.renew('first')
  const { certificate: TLS_CERT_FILE, key: TLS_KEY_FILE } = folder.files
  await using server = await testServer({ settings: { TLS_CERT_FILE, TLS_KEY_FILE } })
  const { port, address } = server.passline
  assert.equal(address, `https://localhost:${port}`)
  const page = await ask(port, ca, { method: 'GET', path: '/pair' })
  assert.equal(page.status, 200)
  assert.equal(page.headers['strict-transport-security'], 'max-age=31536000')
  const webhook = {
    method: 'POST',
    path: '/api/webhooks/stream',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(updated('north', 'one')),
  }
  assert.equal((await ask(port, ca, webhook)).status, 200)

  const { token } = await server.passline.store.screens.add({ name: 'Kitchen', role: 'kitchen', locations: ['north'] })
  const socket: TestSocket = io(address, { transports: ['websocket'], auth: { token }, ca: ca.toString() })
  try {
    await once(socket as never, 'connect')
    assert.equal((await beat(socket)).locations.north?.seq, 1)
    folder.renew('second')
    while ((await nameShown(port)) !== 'second') await setTimeout(200)
    assert.equal((await beat(socket)).locations.north?.seq, 1, 'who is connected stays')
  } finally {
    socket.disconnect()
  }
})

test('a certificate that is not there ends the start with its name', async () => {
  const settings = { TLS_CERT_FILE: '/nowhere/certificate.pem', TLS_KEY_FILE: '/nowhere/key.pem' }
  await assert.rejects(testServer({ settings }), /\/nowhere\/certificate\.pem/)
})
