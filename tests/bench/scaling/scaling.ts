/**
 * `npm run bench -- scaling`: what so many locations need, from the figures or from others: `--orders-per-day 25`. With
 * `--write` the tables of docs/scaling.md are written anew.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { figureNames, type Values, valuesOf } from './figures.ts'
import { optionOf, sizes, tablesOf, withTables } from './tables.ts'

const file = 'docs/scaling.md'

/** @param parameters `--locations 500` once or more often, and figures by their options */
export function benchScaling(parameters: readonly string[]): void {
  if (parameters.includes('--write')) {
    writeFileSync(file, withTables(readFileSync(file, 'utf8'), tablesOf(valuesOf())))
    return
  }
  const { values, locations } = parse(parameters)
  const tables = tablesOf(values, locations.length > 0 ? locations : sizes)
  for (const [name, text] of Object.entries(tables)) console.log(`${name}\n\n${text}\n`)
}

/**
 * @returns the figures, and the locations that were asked for, none when none were
 * @throws when an option is none of ours, or not a number above 0
 */
export function parse(parameters: readonly string[]): { values: Values; locations: number[] } {
  const options: Record<string, { type: 'string'; multiple?: boolean }> = {
    ...Object.fromEntries(figureNames.map((name) => [optionOf(name), { type: 'string' as const }])),
    locations: { type: 'string', multiple: true },
  }
  const { values: given } = parseArgs({ args: [...parameters], options })
  const numberOf = (name: string, text: unknown) => {
    const number = Number(text)
    if (!(number > 0 && Number.isFinite(number))) throw new Error(`--${name} must be a number above 0`)
    return number
  }
  const others = figureNames.flatMap((name) => {
    const text = given[optionOf(name)]
    return text === undefined ? [] : [[name, numberOf(optionOf(name), text)]]
  })
  const locations = [given.locations ?? []].flat().map((text) => numberOf('locations', text))
  return { values: valuesOf(Object.fromEntries(others)), locations }
}
