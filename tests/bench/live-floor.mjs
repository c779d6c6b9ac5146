/**
 * The floor of the live benchmark: `floor.mjs` with a bare ws broadcast behind it. A screen says which locations it
 * shows, and gets each committed body of theirs as it came. No checks, no backlog, no proof.
 */

import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { WebSocketServer } from 'ws'

const db = new Database(path.join(mkdtempSync(path.join(tmpdir(), 'live-floor-')), 'floor.db'))
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(`create table location(id text primary key, head integer not null);
  create table event(location text, seq integer, order_id text, body text, at integer, primary key(location, seq)) without rowid;`)
const bump = db.prepare(
  'insert into location values(?, 1) on conflict(id) do update set head = head + 1 returning head',
)
const log = db.prepare('insert into event values(?, ?, ?, ?, ?)')
const rooms = new Map()
let waiting = []
const commit = db.transaction((batch) => {
  for (const job of batch) {
    job.head = bump.get(job.object.location_id).head
    log.run(job.object.location_id, job.head, job.object.order_id, job.raw, Date.now())
  }
})

function flush() {
  const batch = waiting
  waiting = []
  commit(batch)
  for (const job of batch) {
    for (const socket of rooms.get(job.object.location_id) ?? []) socket.send(job.raw)
    job.response.setHeader('content-type', 'application/json')
    job.response.end(`{"seq":${job.head}}`)
  }
}

const server = createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    const raw = Buffer.concat(parts).toString()
    if (waiting.push({ raw, object: JSON.parse(raw).object, response }) === 1) setImmediate(flush)
  })
})
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('message', (bytes) => {
    for (const location of JSON.parse(bytes.toString())) rooms.set(location, [...(rooms.get(location) ?? []), socket])
  })
})
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`))
