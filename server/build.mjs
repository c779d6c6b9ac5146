/** `npm run build`: makes ready what is not, without starting: in an image, and beside a version that still runs. */
import { prepareServer } from './prepare.mjs'

prepareServer()
