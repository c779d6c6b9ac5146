import assert from 'node:assert/strict'
import { test } from 'node:test'
import { io } from 'socket.io-client'
import { send } from '#tests/helpers/send.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { holdLock } from '#tests/helpers/stored.ts'
import { created, driverArrived, updated } from '#tests/helpers/webhooks.ts'

const people = {
  customer: 'Zelda Customerly',
  customerPhone: '+15550001111',
  driver: 'Xaver Driverly',
  driverPhone: '+15550002222',
  driverCode: '990017',
  photo: 'https://photos.example/xaver.jpg',
  plate: 'PLT-7788',
  passcode: 'QX-5519',
  note: 'spot 4, blue Kia of Wanda',
}

const driver = {
  source: 'uber',
  name: people.driver,
  phone: { number: people.driverPhone, code: people.driverCode },
  picture_url: people.photo,
  vehicle_info: { license_plate: people.plate },
  passcode: people.passcode,
}

test('at the most talkative level no name, phone, passcode, plate or token is ever logged', async () => {
  await using server = await serverProcess({ LOG_LEVEL: 'trace', PASSLINE_WEBHOOK_TOKEN: 'whk_a_token_of_this_test' })
  const url = server.url.replace('localhost', '127.0.0.1')
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  const post = (body: unknown, more: Record<string, string> = {}) =>
    send(url, { headers: { ...headers, ...more }, body: typeof body === 'string' ? body : JSON.stringify(body) })

  const customers = [{ id: 'c', name: people.customer, phone: people.customerPhone }]
  const { order } = (await post(created('north', 'key', { customers }))).json as { order: { provider_id: string } }
  await post(driverArrived('north', order.provider_id, { driver_details: driver }))
  // What cannot be read, and names where none belong.
  await post(`{"type":"order.updated","object":{"name":"${people.driver}","phone":"${people.driverPhone}"`)
  await post(driverArrived('north', 'one', { driver_details: { ...driver, phone: [people.driverPhone] } }))
  await post(driverArrived('north', 'one', { driver_details: { [people.driver]: { [people.passcode]: '\u0000' } } }))
  await post(updated('north', 'x'.repeat(300), { driver_details: driver }))
  await post(driverArrived('north', 'one', { driver_details: driver }), { 'content-type': 'text/plain' })
  await post({ type: people.driver, object: driver })
  await post(updated('north', 'one', { driver_details: driver }), { authorization: `Bearer ${people.passcode}` })

  const screen = await server.addScreen('counter', 'north')
  const act = (name: string, more: object, token = screen.token) =>
    send(url, {
      path: `/api/locations/north/orders/${order.provider_id}/${name}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ actionId: name, seenSeq: 2, ...more }),
    })
  await act('here', { note: people.note })
  await act('hand-over', { passcode: people.driverCode })
  await act('hand-over', { passcode: people.passcode, actionId: 'again' })
  await act('hand-over', { passcode: people.passcode }, 'scr_nobodys')
  await send(url, { method: 'GET', path: `/pair/${screen.link.split('/').at(-1)}` })
  await send(url, {
    method: 'GET',
    path: '/api/locations/north/board',
    headers: { cookie: `passline_screen=${screen.token}` },
  })
  const socket = io(url, { transports: ['websocket'], auth: { token: screen.token }, forceNew: true })
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  await socket.emitWithAck('follow', {})
  await socket.emitWithAck('beat', { n: people.passcode })

  const lock = holdLock(server.databaseFile)
  assert.equal((await post(updated('north', 'one', { driver_details: driver }))).status, 503)
  lock.release()
  socket.disconnect()
  await server.passline('refusals', 'list')
  await server.stop()

  const { stdout, stderr } = await server.said()
  const text = stdout + stderr
  for (const line of ['a webhook was refused', 'updates could not be stored', 'an update', 'stopping']) {
    assert.ok(text.includes(line), `the log tells: ${line}`)
  }
  const secrets = {
    ...people,
    token: server.token,
    screenToken: screen.token,
    link: screen.link.split('/').at(-1) ?? '',
  }
  for (const [what, secret] of Object.entries(secrets)) assert.ok(!text.includes(secret), `the log holds the ${what}`)
})
