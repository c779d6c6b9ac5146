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

/** Within this a browser that lets us be heard begins. */
const beginsWithinMs = 2_000

/**
 * The audio device rests while there is nothing to hear, for it costs a small tablet more than the rest of the page.
 * @param Context the browser's; a browser without one is silent
 */
export function createSounds(Context: typeof AudioContext | undefined = globalThis.AudioContext): Sounds {
  const listeners = new Set<() => void>()
  const context = Context ? new Context() : null
  /** It has run, and nothing has stopped it but ourselves. */
  let isAllowed = false
  /** It was sent to rest, and still runs until it does. */
  let isResting = false
  let waiting: SoundName[] = []
  let endsAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const notify = () => {
    for (const listener of listeners) listener()
  }
  const onState = () => {
    if (context?.state !== 'running' || isResting) return
    const wasAllowed = isAllowed
    isAllowed = true
    for (const name of waiting) endsAt = sound(context, name)
    waiting = []
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        isResting = true
        void context.suspend()
      },
      Math.max(0, endsAt - context.currentTime) * 1_000 + 100,
    )
    if (!wasAllowed) notify()
  }
  const unblock = async () => {
    // A browser that still refuses says so by its state.
    await context?.resume().catch(() => undefined)
    isResting = false
    onState()
  }
  const onTouch = () => {
    if (!isAllowed) void unblock()
  }
  context?.addEventListener('statechange', onState)
  addEventListener('pointerdown', onTouch)
  addEventListener('keydown', onTouch)

  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: () => {
      if (!context) return 'off'
      return isAllowed ? 'on' : 'blocked'
    },
    play: (name) => {
      if (!isAllowed) return
      waiting.push(name)
      if (context?.state === 'running' && !isResting) return onState()
      clearTimeout(timer)
      timer = setTimeout(() => {
        isAllowed = false
        waiting = []
        notify()
      }, beginsWithinMs)
      void unblock()
    },
    unblock,
    stop: () => {
      clearTimeout(timer)
      removeEventListener('pointerdown', onTouch)
      removeEventListener('keydown', onTouch)
      void context?.close()
    },
  }
}

/** @returns when it ends, in the context's time */
function sound(context: AudioContext, name: SoundName): number {
  let end = 0
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
    end = begin + toneSeconds
    tone.stop(end)
  }
  return end
}
