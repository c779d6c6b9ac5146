import { test } from 'node:test'
import { chaosOfKills } from './kills.ts'

for (const seed of [1, 2, 3, 4, 5]) {
  test(`kills at random moments lose nothing that was answered, and nothing is stored twice: seed ${seed}`, async (context) => {
    context.diagnostic(JSON.stringify(await chaosOfKills(seed)))
  })
}
