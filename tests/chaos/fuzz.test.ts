import { test } from 'node:test'
import { fuzz } from './fuzz.ts'

test('5,000 strange webhooks are taken or refused with their reason, and leave nothing else behind', async (context) => {
  context.diagnostic(JSON.stringify(await fuzz(1)))
})
