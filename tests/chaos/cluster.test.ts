import { test } from 'node:test'
import { chaosOfCluster } from './cluster.ts'

// Two neighbours have every fault between them.
for (const seed of [1, 2]) {
  test(`three servers lose nothing, and their screens are right, whatever of them is killed or hangs: seed ${seed}`, async (context) => {
    context.diagnostic(JSON.stringify(await chaosOfCluster(seed)))
  })
}
