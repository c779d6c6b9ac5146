import { test } from 'node:test'
import { lastMile } from './last-mile.ts'

// Three neighbours have every fault between them.
for (const seed of [1, 2, 3]) {
  test(`screens are right within seconds of every fault's end, and say so when they cannot know: seed ${seed}`, async (context) => {
    context.diagnostic(JSON.stringify(await lastMile(seed)))
  })
}
