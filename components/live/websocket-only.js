/** In the place of Socket.IO's own list (next.config.js): a board opens a websocket, or asks over HTTP by itself. */
import { WS } from '../../node_modules/engine.io-client/build/esm/transports/websocket.js'

export const transports = { websocket: WS }
