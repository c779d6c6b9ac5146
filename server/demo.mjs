/** `npm run demo`: a throw-away database, simulated restaurants, and a board that is live at once. Loopback only. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { prepareServer } from './prepare.mjs'

process.chdir(new URL('..', import.meta.url).pathname)
prepareServer()
const folder = mkdtempSync(path.join(tmpdir(), 'passline-demo-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.env.DATABASE_URL = `file:${path.join(folder, 'demo.db')}`
process.env.HOST = '127.0.0.1'
process.env.PASSLINE_WEBHOOK_TOKEN = `demo-${crypto.randomUUID()}`
process.env.PASSLINE_OPEN_BOARD = 'true'
delete process.env.PUBLIC_URL
const { port } = await import('../build/main.mjs')
const { PASSLINE_WEBHOOK_TOKEN: token } = process.env
const play = ['simulate', '--url', `http://127.0.0.1:${port}`, '--token', token, '--locations', '2', '--rate', '0.6']
const restaurants = spawn(process.execPath, ['build/passline.mjs', ...play], { stdio: 'ignore' })
process.on('exit', () => restaurants.kill())
console.log('Two simulated restaurants are at work. Ctrl-C stops it all and leaves nothing behind.')
