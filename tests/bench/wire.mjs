/**
 * Many screens as cheaply as a client can be, so that what is measured is the server: Socket.IO's text protocol over
 * sockets that know just as much of websockets as servers here send. Also speaks to a server that sends bare JSON
 * (`isBare`), as the floor does.
 */
import { connect } from 'node:net'

/** As many addresses of this machine as keep the search for a free port short. */
const addresses = 200
let opened = 0

const textFrame = 0x81
const socketIo = '/socket.io/?EIO=4&transport=websocket'

/**
 * Opens one screen. `onChange` gets each change as text. Without a line within `lineWithinMs` it is given up.
 * @returns {Promise<{ follow: (cursors: object) => Promise<any>, beat: (beat: object) => Promise<any>, cut: () => void }>}
 */
export function openScreen(url, token, onChange, { isBare, lineWithinMs }) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    opened += 1
    const socket = connect({ host: hostname, port, localAddress: `127.0.0.${2 + (opened % addresses)}`, noDelay: true })
    const impatient = setTimeout(() => give(new Error('no line in time')), lineWithinMs)
    const waiting = new Map()
    let asked = 0

    function give(error) {
      clearTimeout(impatient)
      socket.destroy()
      reject(error)
    }

    const ask = (event, message) =>
      new Promise((answered) => {
        const id = asked++
        waiting.set(id, answered)
        socket.write(frameOf(`42${id}${JSON.stringify([event, message])}`))
      })
    const screen = {
      follow: (cursors) => ask('follow', cursors),
      beat: (beat) => ask('beat', beat),
      cut: () => socket.destroy(),
    }

    function hear(text) {
      if (isBare) return onChange(text)
      if (text === '2') return socket.write(frameOf('3'))
      if (text.startsWith('0')) {
        clearTimeout(impatient)
        return socket.write(frameOf(`40${JSON.stringify({ token })}`))
      }
      if (text.startsWith('40')) return resolve(screen)
      if (text.startsWith('44')) return give(new Error(text))
      if (text.startsWith('43')) {
        const begin = text.indexOf('[')
        const id = Number(text.slice(2, begin))
        waiting.get(id)?.(JSON.parse(text.slice(begin))[0])
        waiting.delete(id)
        return
      }
      if (text.startsWith('42["change"')) onChange(text)
    }

    socket.on('error', give)
    socket.on('close', () => give(new Error('closed')))
    socket.write(
      `GET ${isBare ? '/' : socketIo} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: Upgrade\r\n` +
        'upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: c2NyZWVuIG9mIGJlbmNoIQ==\r\n\r\n',
    )
    onFrames(socket, give, hear, () => {
      if (!isBare) return
      clearTimeout(impatient)
      socket.write(frameOf(token))
      resolve(screen)
    })
  })
}

/** A text, masked by nothing. */
function frameOf(text) {
  const payload = Buffer.from(text)
  const isShort = payload.length < 126
  const frame = Buffer.alloc((isShort ? 6 : 8) + payload.length)
  frame[0] = textFrame
  frame[1] = 0x80 | (isShort ? payload.length : 126)
  if (!isShort) frame.writeUInt16BE(payload.length, 2)
  payload.copy(frame, frame.length - payload.length)
  return frame
}

/** Calls `upgraded` once, then `hear` with each text. Frames of other kinds end the line. */
function onFrames(socket, give, hear, upgraded) {
  let rest = null
  let isUpgraded = false
  socket.on('data', (part) => {
    let bytes = rest === null ? part : Buffer.concat([rest, part])
    if (!isUpgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end >= 0) {
        const [status = ''] = bytes.toString('latin1', 0, end).split('\r\n', 1)
        if (!status.startsWith('HTTP/1.1 101')) return give(new Error(status))
        isUpgraded = true
        bytes = bytes.subarray(end + 4)
        upgraded()
      }
    }
    while (isUpgraded) {
      const frame = frameIn(bytes)
      if (frame === null) break
      if (bytes[0] !== textFrame) return give(new Error('closed'))
      hear(bytes.toString('utf8', frame.from, frame.to))
      bytes = bytes.subarray(frame.to)
    }
    rest = bytes.length === 0 ? null : bytes
  })
}

/** @returns where the payload of the first frame is; null: it has not come whole */
function frameIn(bytes) {
  if (bytes.length < 2) return null
  const short = bytes[1]
  const from = short < 126 ? 2 : short === 126 ? 4 : 10
  if (bytes.length < from) return null
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  return bytes.length < from + length ? null : { from, to: from + length }
}
