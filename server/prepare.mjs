/**
 * Installs what is missing and builds what is stale. Plain JavaScript over Node's own modules,
 * for it runs before anything is installed. What was done is remembered by a digest of what it was done from.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
/** What was done is noted beside what it made: packages that are copied to another clone bring no note of its pages. */
const stampFolders = {
  installed: path.join(root, 'node_modules', '.passline'),
  other: path.join(root, 'build', 'made'),
}

/** A digest of files and folders: their names and contents. */
function digestOf(places) {
  const digest = createHash('sha256').update(process.version)
  const add = (place) => {
    const absolute = path.join(root, place)
    if (!existsSync(absolute)) return
    const entries = (() => {
      try {
        return readdirSync(absolute, { withFileTypes: true })
      } catch {
        return null
      }
    })()
    if (entries === null) {
      digest.update(`${place}\n`).update(readFileSync(absolute))
      return
    }
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (entry.name !== 'generated') add(path.join(place, entry.name))
    }
  }
  for (const place of places) add(place)
  return digest.digest('hex')
}

/** Runs a step unless it was done from the same sources, and its result is there. */
function step(name, { from, result, say, run }) {
  const stampFolder = name === 'installed' ? stampFolders.installed : stampFolders.other
  const stamp = path.join(stampFolder, name)
  const digest = digestOf(from)
  if (existsSync(path.join(root, result)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  console.log(say)
  run()
  mkdirSync(stampFolder, { recursive: true })
  writeFileSync(stamp, digest)
}

/** Runs a command in the project's folder; what it prints is shown when it fails. */
function command(name, parameters, environment = {}) {
  const done = spawnSync(name, parameters, {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  })
  if (done.status === 0) return
  console.error(`${done.stdout ?? ''}\n${done.stderr ?? ''}\n${done.error ?? ''}`)
  console.error(`This failed: ${name} ${parameters.join(' ')}`)
  process.exit(1)
}

const binary = (name) => path.join(root, 'node_modules', '.bin', name)

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`Passline needs Node 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

function install() {
  step('installed', {
    from: ['package-lock.json'],
    result: 'node_modules/next/package.json',
    say: 'Installing packages (the database driver may take two minutes to compile) …',
    run: () => command('npm', ['ci', '--no-audit', '--no-fund']),
  })
}

function generate() {
  step('generated', {
    from: ['package-lock.json', 'prisma'],
    result: 'prisma/generated/postgres/client.ts',
    say: 'Generating the database clients …',
    run: () => {
      for (const database of ['sqlite', 'postgres']) {
        // `generate` does not use the schema engine; naming any file keeps Prisma from downloading it.
        command(binary('prisma'), ['generate', '--schema', `prisma/${database}`], {
          PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
          CHECKPOINT_DISABLE: '1',
        })
      }
    },
  })
}

const sources = ['package-lock.json', 'package.json', 'tsconfig.json', 'domain', 'server', 'prisma']

function bundleServer() {
  step('server', {
    from: sources,
    result: 'build/main.mjs',
    say: 'Building the server …',
    run: () =>
      command(binary('esbuild'), [
        'server/main.ts',
        'server/cli/passline.ts',
        'server/store/write-worker.ts',
        '--bundle',
        '--platform=node',
        '--target=node20',
        '--format=esm',
        '--packages=external',
        '--sourcemap',
        '--outdir=build',
        '--out-extension:.js=.mjs',
        '--entry-names=[name]',
        '--log-level=warning',
      ]),
  })
}

function buildPages() {
  step('pages', {
    from: [...sources, 'app', 'components', 'next.config.js'],
    result: '.next/BUILD_ID',
    say: 'Building the pages …',
    run: () => command(binary('next'), ['build'], { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }),
  })
}

/** The packages alone: a layer of the image that sources do not change. */
export function preparePackages() {
  checkNode()
  install()
}

/** Everything that running from source needs: packages and the generated client. */
export function prepareSources() {
  preparePackages()
  generate()
}

/** Everything that the server needs. */
export function prepareServer() {
  prepareSources()
  bundleServer()
  buildPages()
}

/** Everything that the operator's commands need; not the pages. */
export function prepareCommands() {
  prepareSources()
  bundleServer()
}
