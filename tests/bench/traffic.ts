/** The traffic of the benchmarks: simulated restaurants, as bodies that can be sent again and again under new order ids. */
import { writeFileSync } from 'node:fs'
import { simulate } from '#domain/simulation/simulation.ts'
import { withOrderId } from '#domain/simulation/webhook-body.ts'

/** Stands in every order id; the sender puts its own text there, so that each round plays orders of its own. */
export const roundMark = '~round~'

export const locationIds = Array.from({ length: 200 }, (_, index) => `bench_location_${index}`)

/**
 * Writes `count` bodies, one a line, over these locations. Every one names its order, so `order.created` is left out:
 * the floor knows no other field.
 */
export function writeTraffic(file: string, count: number, locations: readonly string[] = locationIds): void {
  const lines: string[] = []
  for (const event of simulate({ seed: 11, locations, startAt: Date.UTC(2026, 0, 5, 18) })) {
    const body = withOrderId(event.body, `${event.orderKey}${roundMark}`)
    if (body.type !== 'order.updated') continue
    lines.push(JSON.stringify(body))
    if (lines.length === count) break
  }
  writeFileSync(file, lines.join('\n'))
}
