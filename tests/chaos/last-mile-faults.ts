/** What goes wrong on the last mile: with the line, with the server, with the device that shows the board. */
import type { Browser, BrowserContext, Page } from 'playwright'
import type { Random } from '#domain/simulation/random.ts'
import type { ServerProcess } from '#tests/helpers/server-process.ts'
import type { ToxicProxy } from '#tests/helpers/toxic-proxy.ts'

export type Around = {
  server: ServerProcess
  line: ToxicProxy
  browser: Browser
  contexts: readonly BrowserContext[]
  pages: readonly Page[]
  random: Random
}

export type Fault = {
  name: string
  /** No answer can reach these screens while it lasts. */
  deafens: 'all' | 'pages' | 'nobody'
  /** How it is seen to bite. */
  bite: 'beats fail' | 'pages fetch nothing' | 'pages note nothing'
  lastsMs: (random: Random) => number
  begin: (around: Around) => Promise<unknown> | unknown
  end: (around: Around) => Promise<unknown> | unknown
}

/** Longer than a proof lasts, and than a page takes to show it. */
const long = (random: Random) => random.whole(12_300, 13_300)
/** Long enough for a beat to fail. */
const short = (random: Random) => random.whole(8_000, 9_000)
const turning = (
  name: string,
  deafens: Fault['deafens'],
  toxic: (random: Random) => Parameters<ToxicProxy['turn']>[0],
): Fault => ({
  name,
  deafens,
  bite: 'beats fail',
  lastsMs: deafens === 'nobody' ? short : long,
  begin: ({ line, random }) => line.turn(toxic(random)),
  end: ({ line }) => line.turn(null),
})

const faults: readonly Fault[] = [
  turning('black hole', 'all', () => ({ kind: 'black-hole' })),
  turning('delay of 15 s', 'all', () => ({ kind: 'delay', ms: 15_000, jitterMs: 0 })),
  turning('jitter', 'nobody', () => ({ kind: 'delay', ms: 300, jitterMs: 7_000 })),
  turning('resets', 'all', () => ({ kind: 'reset' })),
  turning('slow', 'nobody', () => ({ kind: 'slow', bytesPerSecond: 40 })),
  turning('cut after some bytes', 'nobody', (random) => ({ kind: 'cut', afterBytes: random.whole(200, 3_000) })),
  { ...drops(), name: 'two seconds gone, again and again', deafens: 'nobody', bite: 'beats fail', lastsMs: short },
  {
    name: 'the server hangs',
    deafens: 'all',
    bite: 'beats fail',
    lastsMs: long,
    begin: ({ server }) => server.child().kill('SIGSTOP'),
    end: ({ server }) => server.child().kill('SIGCONT'),
  },
  {
    name: 'the server dies and starts',
    deafens: 'nobody',
    bite: 'beats fail',
    lastsMs: (random) => random.whole(200, 4_000),
    begin: ({ server }) => server.stop('SIGKILL'),
    end: ({ server }) => server.start(),
  },
  {
    name: 'pages are offline',
    deafens: 'pages',
    bite: 'pages fetch nothing',
    lastsMs: long,
    begin: ({ contexts }) => Promise.all(contexts.map((context) => context.setOffline(true))),
    end: ({ contexts }) => Promise.all(contexts.map((context) => context.setOffline(false))),
  },
  {
    name: 'tabs are frozen',
    deafens: 'nobody',
    bite: 'pages note nothing',
    lastsMs: long,
    begin: ({ browser }) => signalRenderers(browser, 'SIGSTOP'),
    end: ({ browser }) => signalRenderers(browser, 'SIGCONT'),
  },
]

function drops(): Pick<Fault, 'begin' | 'end'> {
  let timer: NodeJS.Timeout | undefined
  return {
    begin: ({ line }) => {
      let isGone = true
      line.turn({ kind: 'reset' })
      timer = setInterval(() => {
        isGone = !isGone
        line.turn(isGone ? { kind: 'reset' } : null)
      }, 2_000)
    },
    end: ({ line }) => {
      clearInterval(timer)
      line.turn(null)
    },
  }
}

/** Stops what draws the pages, as a device does that falls asleep; Chromium's own freezing spares pages in sight. */
async function signalRenderers(browser: Browser, signal: NodeJS.Signals): Promise<void> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  for (const { type, id } of processInfo) if (type === 'renderer') process.kill(id, signal)
}

/** The faults of a seed: neighbouring seeds have different ones, so that few seeds have all. */
export function faultsOf(seed: number, count: number): Fault[] {
  return Array.from({ length: count }, (_, index) => faults[(seed * count + index) % faults.length] as Fault)
}
