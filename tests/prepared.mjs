/** `node tests/prepared.mjs FILE …`: makes ready what the server needs, then runs a TypeScript file of the tests. */
import { spawnSync } from 'node:child_process'
import { prepareServer } from '../server/prepare.mjs'

prepareServer()
const [file, ...parameters] = process.argv.slice(2)
const { status } = spawnSync(process.execPath, ['--import=tsx', file, ...parameters], { stdio: 'inherit' })
process.exit(status ?? 1)
