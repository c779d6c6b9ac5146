// The floor on PostgreSQL: node:http and pg, one transaction at a time, what comes meanwhile forms the next one. The same
// durable work with nothing else on top: no validation, no auth, no receipts beside the events.
import http from 'node:http'
import pg from 'pg'

const atMost = 256
const client = new pg.Client({ connectionString: process.argv[2] })
await client.connect()
await client.query(`CREATE TABLE location (id text PRIMARY KEY, head integer NOT NULL);
  CREATE TABLE orders (location text, id text, state text, updated bigint, PRIMARY KEY (location, id));
  CREATE TABLE event (location text, seq integer, order_id text, body text, at bigint, PRIMARY KEY (location, seq))`)

const bump = {
  name: 'bump',
  text: `INSERT INTO location SELECT given.id, given.count FROM json_to_recordset($1::json) AS given(id text, count integer)
    ORDER BY given.id ON CONFLICT (id) DO UPDATE SET head = location.head + excluded.head RETURNING id, head`,
}
const read = {
  name: 'read',
  text: `SELECT o.location, o.id, o.state FROM json_to_recordset($1::json) AS given(location text, id text)
    JOIN orders o ON o.location = given.location AND o.id = given.id`,
}
const write = {
  name: 'write',
  text: `WITH saved AS (
      INSERT INTO orders SELECT * FROM json_to_recordset($1::json) AS given(location text, id text, state text, updated bigint)
      ON CONFLICT (location, id) DO UPDATE SET state = excluded.state, updated = excluded.updated)
    INSERT INTO event SELECT *
    FROM json_to_recordset($2::json) AS given(location text, seq integer, order_id text, body text, at bigint)`,
}

const waiting = []
let isRunning = false

async function run() {
  isRunning = true
  while (waiting.length > 0) {
    const batch = waiting.splice(0, atMost)
    const counts = new Map()
    const keys = new Map()
    for (const { object } of batch) {
      counts.set(object.location_id, (counts.get(object.location_id) ?? 0) + 1)
      keys.set(`${object.location_id} ${object.order_id}`, { location: object.location_id, id: object.order_id })
    }
    await client.query('BEGIN')
    const bumped = await client.query({
      ...bump,
      values: [JSON.stringify([...counts].map(([id, count]) => ({ id, count })))],
    })
    const heads = new Map(bumped.rows.map(({ id, head }) => [id, head - counts.get(id)]))
    const known = await client.query({ ...read, values: [JSON.stringify([...keys.values()])] })
    const states = new Map(known.rows.map(({ location, id, state }) => [`${location} ${id}`, JSON.parse(state)]))
    const at = Date.now()
    const events = batch.map((job) => {
      const { location_id: location, order_id } = job.object
      const key = `${location} ${order_id}`
      job.head = heads.get(location) + 1
      heads.set(location, job.head)
      states.set(key, { ...states.get(key), ...job.object })
      return { location, seq: job.head, order_id, body: job.raw, at }
    })
    const orders = [...keys].map(([key, one]) => ({ ...one, state: JSON.stringify(states.get(key)), updated: at }))
    await client.query({ ...write, values: [JSON.stringify(orders), JSON.stringify(events)] })
    await client.query('COMMIT')
    for (const { response, head } of batch) {
      response.setHeader('content-type', 'application/json')
      response.end(`{"seq":${head}}`)
    }
  }
  isRunning = false
}

const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    const raw = Buffer.concat(parts).toString()
    waiting.push({ raw, object: JSON.parse(raw).object, response })
    if (!isRunning) setImmediate(() => isRunning || run())
  })
})
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}/`))
