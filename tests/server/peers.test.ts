import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newOrder } from '#domain/order.ts'
import { joinPeers, type Message } from '#server/live/peers.ts'
import { createLog } from '#server/log.ts'
import type { CommittedChange } from '#server/store/batch.ts'

/** Two servers on one line. */
function twoPeers() {
  const texts: string[] = []
  const listeners: ((text: string) => void)[] = []
  const heard: Message[] = []
  const line = {
    tell: (text: string) => {
      texts.push(text)
      for (const listener of listeners) listener(text)
    },
    hear: (listener: (text: string) => void) => listeners.push(listener),
  }
  const hear = (message: Message) => heard.push(message)
  return { texts, heard, line, peers: joinPeers(line, hear, createLog('silent')) }
}

function changeOf(locationId: string, seq: number, note: string): CommittedChange {
  return { locationId, seq, at: seq, order: { ...newOrder(locationId, `order-${seq}`, 1, seq), note } }
}

test('what one commit stored is one message, in its order', () => {
  const { texts, heard, peers } = twoPeers()
  const changes = ['north', 'south', 'north'].map((locationId, index) => changeOf(locationId, index + 1, 'Grüße 😀'))
  peers.tellChanges(changes)
  assert.deepEqual(heard, [{ changes }])
  peers.tellChanges([])
  assert.equal(texts.length, 1, 'nothing is told of nothing')
})

test('a commit of very large orders is told in several messages, and nothing of it is left out', () => {
  const { texts, heard, peers } = twoPeers()
  const changes = Array.from({ length: 12 }, (_, index) => changeOf('north', index + 1, 'x'.repeat(400_000)))
  peers.tellChanges([...changes, changeOf('north', 13, 'y'.repeat(3_000_000)), changeOf('north', 14, 'z')])
  assert.deepEqual(
    heard.flatMap((message) => message.changes?.map(({ seq }) => seq) ?? []),
    Array.from({ length: 14 }, (_, index) => index + 1),
  )
  assert.equal(texts.length, 8)
  assert.ok(texts.every((text) => text.length < 1_100_000 || text.includes('yyy')))
})

test('what is no message, or of another version, is passed over, and what comes after it is heard', () => {
  const { heard, line, peers } = twoPeers()
  for (const text of ['', '{', 'null', '[]', '{"v":99,"changes":[{}]}', '{"changes":[]}']) line.tell(text)
  peers.tell({ webhooks: [['north', 2]] })
  assert.deepEqual(heard, [{ webhooks: [['north', 2]] }])
})
