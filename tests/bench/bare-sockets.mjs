/** The floor of the crowd's memory: Socket.IO alone, every socket in a room of its location, and nothing else. */
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const server = createServer()
const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false })
io.on('connection', (socket) => {
  socket.join(`location:${socket.handshake.auth.token}`)
  socket.on('follow', (_cursors, answer) => answer({}))
  // As long as a client of Socket.IO waits by itself.
  socket.on('beat', (_beat, answer) => answer({ lineWithinMs: 20_000 }))
})
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`))
