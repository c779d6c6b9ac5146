/**
 * The socket file over which `passline` speaks to a running server. It stands in the data folder, for its owner alone:
 * who can read the database may use it.
 */
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'
import { operator } from './actor.ts'
import type { Administration, CommandResult } from './administration.ts'

export function controlSocket(dataFolder: string): string {
  return path.join(dataFolder, 'passline.sock')
}

/**
 * Listens for commands.
 * @throws when another server listens there: with PostgreSQL nothing else keeps two of them from one folder
 */
export async function openControl(socketFile: string, administration: Administration): Promise<{ close: () => void }> {
  if (await isListening(socketFile)) throw new Error(`another Passline listens at ${socketFile}`)
  // What stands there is a dead server's.
  rmSync(socketFile, { force: true })
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', async () => {
      const answer = await runCommand(administration, Buffer.concat(parts).toString())
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketFile, resolve)
  })
  chmodSync(socketFile, 0o600)
  return {
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function isListening(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketFile)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function runCommand(administration: Administration, text: string): Promise<CommandResult> {
  try {
    const { command, given } = JSON.parse(text) as { command: string; given: unknown }
    return await administration(operator, command, given)
  } catch (error) {
    return { done: false, reason: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}

/** Sends a command to the server that listens there. @returns null when none does */
export async function sendCommand(socketFile: string, command: string, given: unknown): Promise<CommandResult | null> {
  if (!existsSync(socketFile)) return null
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath: socketFile, method: 'POST', path: '/' }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString()) as CommandResult))
      response.on('error', reject)
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(null)
      else reject(error)
    })
    request.end(JSON.stringify({ command, given }))
  })
}
