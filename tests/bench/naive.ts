/**
 * What people write first: Next's router in front, then one Prisma interactive transaction of four calls for each
 * update, and an emit. It uses our own Next pages and tables, so that the only difference is the way of an update.
 */
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { openWriter } from '#server/store/sqlite/connection.ts'
import { migrate, migrationsFolder } from '#server/store/sqlite/migrate.ts'

type Update = { object: { location_id: string; order_id: string; status?: string } }

const [file = ''] = process.argv.slice(2)
await migrate(file, migrationsFolder)
const prisma = await openWriter(file)
const server = createServer()
const io = new Server(server)

async function receive(update: Update, body: string): Promise<{ seq: number }> {
  const { location_id: locationId, order_id: id } = update.object
  const at = new Date()
  const seq = await prisma.$transaction(async (transaction) => {
    const location = await transaction.location.upsert({
      where: { id: locationId },
      create: { id: locationId, timeZone: 'UTC', createdAt: at, head: 1 },
      update: { head: { increment: 1 } },
    })
    const known = await transaction.order.findUnique({ where: { locationId_id: { locationId, id } } })
    const facts = JSON.stringify({ ...(known && JSON.parse(known.facts)), ...update.object })
    await transaction.order.upsert({
      where: { locationId_id: { locationId, id } },
      create: { locationId, id, seq: location.head, firstSeenAt: at, facts },
      update: { seq: location.head, facts },
    })
    await transaction.change.create({
      data: { locationId, orderId: id, seq: location.head, at, by: 'stream', facts: body },
    })
    return location.head
  })
  io.to(locationId).emit('change', update.object)
  return { seq }
}

Object.assign(globalThis, {
  [Symbol.for('passline.runtime')]: {
    bodyOf: (stream: ReadableStream<Uint8Array>) => new Response(stream).arrayBuffer().then((one) => Buffer.from(one)),
    receiveUpdate: async ({ body }: { body: () => Promise<Buffer> }) => {
      const text = (await body()).toString()
      const answer = await receive(JSON.parse(text) as Update, text)
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) }
    },
  },
})

Object.assign(process.env, { NODE_ENV: 'production' })
const { default: next } = await import('next')
const app = next({ dev: false, dir: process.cwd(), hostname: '127.0.0.1', port: 0 })
await app.prepare()
const handle = app.getRequestHandler()
server.on('request', (request, response) => void handle(request, response))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/api/webhooks/stream`)
})
