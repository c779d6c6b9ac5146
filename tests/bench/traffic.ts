/** The traffic of the benchmarks: simulated restaurants, as bodies that can be sent again and again under new order ids. */
import { writeFileSync } from 'node:fs'
import { simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'

/** Stands in every order id; the sender puts its own text there, so that each round plays orders of its own. */
export const roundMark = '~round~'

/**
 * Writes `count` bodies, one a line, over so many locations. Every one names its order, `order.created` included:
 * the floor knows no other field.
 */
export function writeTraffic(file: string, count: number, locationCount: number): void {
  const locations = Array.from({ length: locationCount }, (_, index) => `bench_location_${index}`)
  const lines: string[] = []
  for (const event of simulate({ seed: 11, locations, startAt: Date.UTC(2026, 0, 5, 18) })) {
    const id = `${event.orderKey}${roundMark}`
    const body = withOrderId(event.body, id)
    if (body.type !== 'order.updated') continue
    lines.push(JSON.stringify(body))
    if (lines.length === count) break
  }
  writeFileSync(file, lines.join('\n'))
}
