/** `npm run passline -- …`: makes ready what is not, then runs the command. */
import { prepareCommands } from './prepare.mjs'

process.chdir(new URL('..', import.meta.url).pathname)
prepareCommands()
await import('../build/passline.mjs')
