import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createSounds } from '#components/board/sounds.ts'

/** An audio device as browsers have it: silent until they let it be heard, and slow to begin. */
class Device extends EventTarget {
  static isAllowed = true
  static last: Device
  state = 'suspended'
  currentTime = 0
  tones = 0
  destination = {}

  constructor() {
    super()
    Device.last = this
    void this.resume()
  }

  async resume(): Promise<void> {
    // A browser that refuses keeps its promise open.
    if (Device.isAllowed) await this.become('running')
    else await new Promise(() => undefined)
  }

  async suspend(): Promise<void> {
    await this.become('suspended')
  }

  async close(): Promise<void> {
    await this.become('closed')
  }

  async become(state: string): Promise<void> {
    await Promise.resolve()
    if (this.state === state) return
    this.state = state
    this.dispatchEvent(new Event('statechange'))
  }

  createOscillator(): object {
    this.tones += 1
    return { frequency: {}, connect: (to: object) => to, start: () => undefined, stop: () => undefined }
  }

  createGain(): object {
    const gain = { setValueAtTime: () => undefined, linearRampToValueAtTime: () => undefined }
    return { gain, connect: () => undefined }
  }
}

function prepared(context: TestContext, isAllowed: boolean) {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const page = new EventTarget()
  Object.assign(globalThis, {
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  })
  Device.isAllowed = isAllowed
  const sounds = createSounds(Device as unknown as typeof AudioContext)
  context.after(sounds.stop)
  const heard: string[] = []
  sounds.subscribe(() => heard.push(sounds.state()))
  return {
    sounds,
    device: Device.last,
    page,
    heard,
    later: (ms: number) => settled(() => context.mock.timers.tick(ms)),
  }
}

async function settled(act: () => void = () => undefined): Promise<void> {
  act()
  await new Promise((resolve) => setImmediate(resolve))
}

test('the device rests while there is nothing to hear, begins for a sound, and rests again after it', async (context) => {
  const { sounds, device, later } = prepared(context, true)
  await settled()
  assert.deepEqual([sounds.state(), device.state], ['on', 'running'])
  await later(200)
  assert.deepEqual([sounds.state(), device.state], ['on', 'suspended'])
  sounds.play('stale')
  await settled()
  assert.deepEqual([device.state, device.tones], ['running', 3])
  await later(700)
  assert.equal(device.state, 'running', 'not before the last tone has ended')
  await later(500)
  assert.deepEqual([sounds.state(), device.state], ['on', 'suspended'])
})

test('a sound that is asked for while the device goes to rest is heard', async (context) => {
  const { sounds, device, later } = prepared(context, true)
  await settled()
  const going = later(200)
  assert.equal(device.state, 'running', 'it has been sent to rest, and is not there yet')
  sounds.play('lost')
  assert.equal(device.tones, 0)
  await going
  assert.deepEqual([sounds.state(), device.state, device.tones], ['on', 'running', 2])
})

test('a browser that refuses is blocked until somebody touches the page', async (context) => {
  const { sounds, device, page, heard } = prepared(context, false)
  await settled()
  assert.equal(sounds.state(), 'blocked')
  sounds.play('lost')
  Device.isAllowed = true
  await settled(() => page.dispatchEvent(new Event('pointerdown')))
  assert.deepEqual([sounds.state(), heard, device.tones], ['on', ['on'], 0])
})

test('a device that does not begin any more is blocked, and what it missed does not come late', async (context) => {
  const { sounds, device, heard, later } = prepared(context, true)
  await settled()
  await later(200)
  Device.isAllowed = false
  sounds.play('lost')
  await later(1_999)
  assert.equal(sounds.state(), 'on')
  await later(1)
  assert.deepEqual([sounds.state(), heard.at(-1)], ['blocked', 'blocked'])
  Device.isAllowed = true
  await sounds.unblock()
  await settled()
  assert.deepEqual([sounds.state(), device.tones], ['on', 0])
})
