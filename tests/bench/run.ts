/**
 * `npm run bench -- NAME`: measures, and prints ratios. Nothing here passes or fails, but for the simulated hour of the
 * arithmetic. Options after the name are that one's.
 */
import { benchBackup } from './backup.ts'
import { benchBeats } from './beats.ts'
import { benchCluster } from './cluster.ts'
import { benchGrowth } from './growth.ts'
import { benchIngest } from './ingest.ts'
import { benchLive } from './live.ts'
import { benchMemory } from './memory.ts'
import { benchParts } from './parts.ts'
import { benchScaling } from './scaling/scaling.ts'
import { benchScalingHour } from './scaling/scaling-hour.ts'
import { benchScreen, benchScreenSoak } from './screen.ts'

const benches = {
  ingest: benchIngest,
  cluster: benchCluster,
  parts: benchParts,
  growth: benchGrowth,
  live: benchLive,
  beats: benchBeats,
  backup: benchBackup,
  memory: benchMemory,
  screen: benchScreen,
  'screen-soak': benchScreenSoak,
  scaling: () => benchScaling(options),
  'scaling-hour': () => benchScalingHour(options),
}

const given = process.argv.slice(2)
const firstOption = given.findIndex((one) => one.startsWith('--'))
const asked = firstOption === -1 ? given : given.slice(0, firstOption)
const options = given.slice(asked.length)
const names = asked.length > 0 ? asked : Object.keys(benches)
for (const name of names) {
  if (!Object.hasOwn(benches, name)) {
    console.error(`There is no benchmark ${name}. There are: ${Object.keys(benches).join(', ')}`)
    process.exit(2)
  }
}
for (const name of names) {
  console.log(`\n${name}\n`)
  await benches[name as keyof typeof benches]()
}
