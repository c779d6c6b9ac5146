/**
 * The load of the ingest benchmark, a process of its own: reads its orders from the parent as one JSON argument,
 * posts the traffic over so many connections for so long, and prints what it measured as one JSON line.
 */
import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'

const { url, file, connections, seconds, round, token } = JSON.parse(process.argv[2] ?? '{}')
const bodies = readFileSync(file, 'utf8').replaceAll('~round~', `-${round}`).split('\n')
let next = 0

const result = await autocannon({
  url,
  connections,
  duration: seconds,
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
console.log(
  JSON.stringify({
    perSecond: result['2xx'] / result.duration,
    sent: next,
    isExhausted: next > bodies.length,
    failed: result.non2xx + result.errors + result.timeouts,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }),
)
