/**
 * The fuzzer: strange webhooks against a running server. Every one is answered 2xx or 4xx; every 4xx says what is wrong
 * and where; the server logs no error; and the store holds what was answered 2xx, and the refusals.
 */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { seededRandom } from '#domain/simulation/random.ts'
import { webhookPath } from '#server/http.ts'
import { serverProcess } from '#tests/helpers/server-process.ts'
import { countsOf } from '#tests/helpers/stored.ts'
import { assertWhole } from '#tests/helpers/whole.ts'
import { corpusOf, type Strange, strange } from './mutate.ts'

export type FuzzReport = { seed: number; cases: number; taken: number; ignored: number; refused: number }

type Options = { cases?: number; connections?: number }

/** @throws when the server fails; the message names the seed and the case */
export async function fuzz(seed: number, { cases = 5_000, connections = 16 }: Options = {}): Promise<FuzzReport> {
  await using server = await serverProcess({ LOG_LEVEL: 'error' })
  const url = server.url.replace('localhost', '127.0.0.1')
  const corpus = corpusOf(seed)
  const report = { seed, cases: 0, taken: 0, ignored: 0, refused: 0 }

  async function connection(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (report.cases < cases) {
      report.cases += 1
      const number = report.cases
      const one = strange(seededRandom(seed, number), corpus)
      const answer = await post(url, server.token, agent, one)
      try {
        report[judge(one, answer)] += 1
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error)
        const sent = one.body.toString().slice(0, 2_000)
        throw new Error(
          `seed ${seed}, case ${number}: ${problem}\nsent: ${sent}\nanswered: ${answer.status} ${answer.text}`,
        )
      }
    }
    agent.destroy()
  }

  await Promise.all(Array.from({ length: connections }, connection))
  const { receipts, refusals } = countsOf(server.databaseFile)
  assert.equal(receipts, report.taken + report.ignored, `seed ${seed}: as many receipts as were answered 2xx`)
  assert.ok(refusals <= report.refused && refusals > 0, `seed ${seed}: ${refusals} refusals`)
  assertWhole(server.databaseFile)
  const errors = server
    .printed()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  assert.deepEqual(errors, [], `seed ${seed}: nothing to complain of`)
  return report
}

type Answer = { status: number; text: string }

/** What became of a case; fails when the answer is not one of those that are promised. */
function judge({ body }: Strange, { status, text }: Answer): 'taken' | 'ignored' | 'refused' {
  const json = JSON.parse(text)
  if (status === 200) {
    assert.ok(['changed', 'repeated', 'late', 'ignored'].includes(json.outcome))
    if (json.outcome === 'ignored') return 'ignored'
    assert.ok(Number.isInteger(json.seq) && json.seq > 0)
    return 'taken'
  }
  const { code, message, issues } = json.error
  const expected: Record<number, string[]> = {
    400: ['not_json', 'wrong_shape'],
    413: ['too_large'],
    415: ['unsupported_media_type'],
  }
  assert.ok(expected[status]?.includes(code), `${status} ${code}`)
  assert.ok(typeof message === 'string' && message !== '')
  if (code === 'wrong_shape') {
    assert.ok(issues.length > 0, 'a shape that is wrong is so somewhere')
    const sent = JSON.parse(body.toString())
    for (const issue of issues) {
      assert.ok(issue.message !== '')
      assert.ok(isInside(sent, issue.path), `there is no place ${issue.path}`)
    }
  }
  return 'refused'
}

/** Whether a path names a place in what was sent, or one that is missing there. Keys may hold dots themselves. */
function isInside(value: unknown, path: string): boolean {
  if (path === '') return true
  if (typeof value !== 'object' || value === null) return false
  if (!path.includes('.')) return true
  return Object.entries(value).some(
    ([key, inner]) => path === key || (path.startsWith(`${key}.`) && isInside(inner, path.slice(key.length + 1))),
  )
}

function post(url: string, token: string, agent: Agent, { body, headers }: Strange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}${webhookPath}`,
      {
        method: 'POST',
        agent,
        headers: { ...headers, authorization: `Bearer ${token}`, 'content-length': body.length },
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}
