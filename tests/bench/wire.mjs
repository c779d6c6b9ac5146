/**
 * Many screens as cheaply as a client can be: Socket.IO's text protocol over bare websockets, so that what is measured is
 * the server. Also speaks to a server that sends bare JSON (`isBare`), as the floor does.
 */
import { WebSocket } from 'ws'

/**
 * Opens one screen. `onChange` gets each change as text.
 * @returns {Promise<{ follow: (cursors: object) => Promise<any>, beat: (beat: object) => Promise<any>, cut: () => void }>}
 */
export function openScreen(url, token, onChange, { isBare = false } = {}) {
  return new Promise((resolve, reject) => {
    const address = isBare ? url : `${url}/socket.io/?EIO=4&transport=websocket`
    const socket = new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: 10_000 })
    const waiting = new Map()
    let asked = 0
    const ask = (event, message) =>
      new Promise((answered) => {
        const id = asked++
        waiting.set(id, answered)
        socket.send(`42${id}${JSON.stringify([event, message])}`)
      })
    const screen = {
      follow: (cursors) => ask('follow', cursors),
      beat: (beat) => ask('beat', beat),
      cut: () => socket.terminate(),
    }
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed')))
    if (isBare) socket.on('open', () => socket.send(token)).on('open', () => resolve(screen))
    socket.on('message', (bytes) => {
      const text = bytes.toString()
      if (isBare) return onChange(text)
      if (text === '2') return socket.send('3')
      if (text.startsWith('0')) return socket.send(`40${JSON.stringify({ token })}`)
      if (text.startsWith('40')) return resolve(screen)
      if (text.startsWith('44')) return reject(new Error(text))
      if (text.startsWith('43')) {
        const begin = text.indexOf('[')
        const id = Number(text.slice(2, begin))
        waiting.get(id)?.(JSON.parse(text.slice(begin))[0])
        waiting.delete(id)
        return
      }
      if (text.startsWith('42["change"')) onChange(text)
    })
  })
}
