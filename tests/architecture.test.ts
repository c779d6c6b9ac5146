/** Who may import whom. The message of a failure says where code belongs. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const rooms = ['app', 'components', 'domain', 'server', 'prisma'] as const

/** What a file may import of our own code, and which packages; the first entry whose place fits the file holds. */
const rules: { place: RegExp; own: RegExp; packages: RegExp; because: string }[] = [
  { place: /^domain\//, own: /^domain\//, packages: /^zod$/, because: 'domain is pure: rules that hold whoever asks' },
  {
    place: /^components\//,
    own: /^(components|domain)\//,
    packages: /^(react|react-dom|next|socket\.io-client|use-intl|icu-minify|uqr)$/,
    because: 'components show; they reach the server over the wire alone',
  },
  {
    place: /^app\//,
    own: /^(app|components|domain)\/|^server\/runtime\.ts$/,
    packages: /^(react|next)$/,
    because: 'app routes; what it needs of the server comes through server/runtime',
  },
  {
    place: /^server\/store\//,
    own: /^(server|domain)\/|^prisma\/generated\//,
    packages: /./,
    because: 'only the store knows the database client',
  },
  { place: /^server\//, own: /^(server|domain|build)\//, packages: /./, because: 'the server knows nothing of pages' },
  { place: /^prisma\//, own: /^(prisma|server\/store)\//, packages: /./, because: 'prisma describes tables' },
]

/** Only these packages reach for the wire, the database or the clock of the server; nobody else needs them. */
const onlyIn: [string, RegExp][] = [
  ['socket.io', /^server\/live\//],
  ['better-sqlite3', /^server\/store\//],
  ['next', /^(server\/index\.ts|app\/|components\/)/],
]

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = path.posix.join(folder, entry.name)
    if (entry.isDirectory()) return place === 'prisma/generated' ? [] : filesIn(place)
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [place] : []
  })
}

/** The files and packages that a file imports, types included. */
function importsOf(file: string): { own: string[]; packages: string[] } {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const named = [...text.matchAll(/(?:^|[\s;])(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g)]
  const bare = [...text.matchAll(/(?:^|\s)import\s*\(?\s*['"]([^'"]+)['"]/g)]
  const places = [...named, ...bare].map((match) => match[1] ?? '').filter((one) => !one.startsWith('node:'))
  const own = places.flatMap((one) => {
    if (one.startsWith('#')) return [one.slice(1)]
    return one.startsWith('.') ? [path.posix.join(path.posix.dirname(file), one)] : []
  })
  const packages = places
    .filter((one) => !one.startsWith('#') && !one.startsWith('.'))
    .map((one) =>
      one
        .split('/')
        .slice(0, one.startsWith('@') ? 2 : 1)
        .join('/'),
    )
  return { own, packages }
}

const files = rooms.flatMap(filesIn)

test('every file imports only what its room may know', () => {
  for (const file of files) {
    const rule = rules.find(({ place }) => place.test(file))
    assert.ok(rule, `${file} stands in no room`)
    const { own, packages } = importsOf(file)
    for (const one of own) assert.match(one, rule.own, `${file} imports ${one}, but ${rule.because}`)
    for (const one of packages) assert.match(one, rule.packages, `${file} imports ${one}, but ${rule.because}`)
    for (const [name, place] of onlyIn) {
      if (packages.includes(name)) assert.match(file, place, `${file} imports ${name}: move this to ${place}`)
    }
  }
})

test('no import goes in a circle', () => {
  const state = new Map<string, 'open' | 'done'>()
  const visit = (file: string, way: string[]): void => {
    if (state.get(file) === 'done') return
    assert.notEqual(state.get(file), 'open', `a circle: ${[...way, file].join(' → ')}`)
    state.set(file, 'open')
    for (const next of importsOf(file).own) if (files.includes(next)) visit(next, [...way, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
})

test('the environment is read in one place', () => {
  const readers = files.filter((file) => readFileSync(file, 'utf8').includes('process.env'))
  const allowed = /^server\/(config\.ts|index\.ts|prepare\.mjs|demo\.mjs)$/
  for (const file of readers) assert.match(file, allowed, `${file} reads process.env: ask server/config instead`)
})
