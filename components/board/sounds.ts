/**
 * What a screen can be heard with. Browsers keep a page silent until somebody touches it: that is said, for a sound that
 * was blocked in silence is a sound that nobody misses.
 */
import type { Sound } from '#components/live/screen.ts'

/** Each a short figure of tones: hertz, and seconds from its begin. */
const figures = {
  /** This screen does not know what is true. */
  stale: [
    [660, 0],
    [440, 0.25],
    [330, 0.5],
  ],
  /** Another screen does not answer. */
  lost: [
    [520, 0],
    [520, 0.3],
  ],
} as const
export type SoundName = keyof typeof figures

const toneSeconds = 0.22
const volume = 0.5

export type Sounds = {
  subscribe: (listener: () => void) => () => void
  state: () => Sound
  /** Plays, if the browser lets us. */
  play: (name: SoundName) => void
  /** After a touch: the browser lets us be heard from now on. */
  unblock: () => Promise<void>
  stop: () => void
}

/** @param Context the browser's; a browser without one is silent */
export function createSounds(Context: typeof AudioContext | undefined = globalThis.AudioContext): Sounds {
  const listeners = new Set<() => void>()
  const context = Context ? new Context() : null
  const notify = () => {
    for (const listener of listeners) listener()
  }
  const unblock = async () => {
    // A browser that still refuses says so by its state.
    await context?.resume().catch(() => undefined)
  }
  const onTouch = () => void unblock()
  context?.addEventListener('statechange', notify)
  addEventListener('pointerdown', onTouch)
  addEventListener('keydown', onTouch)

  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: () => {
      if (!context) return 'off'
      return context.state === 'running' ? 'on' : 'blocked'
    },
    play: (name) => {
      if (context?.state !== 'running') return
      for (const [frequency, from] of figures[name]) {
        const begin = context.currentTime + from
        const tone = context.createOscillator()
        const gain = context.createGain()
        tone.frequency.value = frequency
        // Not a click at either end.
        gain.gain.setValueAtTime(0, begin)
        gain.gain.linearRampToValueAtTime(volume, begin + 0.02)
        gain.gain.linearRampToValueAtTime(0, begin + toneSeconds)
        tone.connect(gain).connect(context.destination)
        tone.start(begin)
        tone.stop(begin + toneSeconds)
      }
    },
    unblock,
    stop: () => {
      removeEventListener('pointerdown', onTouch)
      removeEventListener('keydown', onTouch)
      void context?.close()
    },
  }
}
