/** `npm start`: makes ready what is not, then becomes the server. */
import { prepareServer } from './prepare.mjs'

process.chdir(new URL('..', import.meta.url).pathname)
prepareServer()
await import('../build/main.mjs')
