/**
 * The load of the ingest benchmark, a process of its own: reads its orders from the parent as one JSON argument,
 * posts the traffic over so many connections, first to warm up and then for so long, and prints what it measured as
 * one JSON line. Latencies in milliseconds.
 */
import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'

const { url, file, connections, warmUpConnections, warmUpSeconds, seconds, round, token } = JSON.parse(
  process.argv[2] ?? '{}',
)
const bodies = readFileSync(file, 'utf8').replaceAll('~round~', `-${round}`).split('\n')
let next = 0
/** Autocannon's own percentiles are whole milliseconds. */
let latencies = []

const load = autocannon({
  url,
  connections,
  duration: seconds,
  warmup: { connections: warmUpConnections, duration: warmUpSeconds },
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  requests: [
    {
      setupRequest: (request) => {
        const body = bodies[next % bodies.length]
        next += 1
        return { ...request, body }
      },
    },
  ],
})
load.on('start', () => {
  latencies = []
})
load.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds))
const result = await load
latencies.sort((one, other) => one - other)
const percentile = (share) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
console.log(
  JSON.stringify({
    perSecond: result['2xx'] / result.duration,
    sent: next,
    isExhausted: next > bodies.length,
    failed: result.non2xx + result.errors + result.timeouts,
    p50: percentile(0.5),
    p99: percentile(0.99),
  }),
)
