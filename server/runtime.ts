/**
 * The one door from Next to the server. Next evaluates its modules apart from ours, several times in one process;
 * only globalThis is shared, so the services stand there, and routes and pages ask for them here.
 */
import type { Answer } from './answer.ts'
import type { BodyReader, From } from './body.ts'
import type { ManagerRequests } from './managers/manager-requests.ts'
import type { ReceiveUpdate } from './receive-update.ts'
import type { ScreenRequests } from './screen-requests.ts'
import type { Screen } from './store/screens.ts'

export type { Answer, From }

export type Runtime = {
  receiveUpdate: ReceiveUpdate
  screenRequests: ScreenRequests
  managerRequests: ManagerRequests
  /** The screen that a cookie belongs to, or null. */
  screenOf: (cookie: string | undefined) => Promise<Screen | null>
  /** Reads a request's body up to the limit. */
  bodyOf: BodyReader['ofWeb']
  /** The answer where there is nothing. */
  nothingHere: () => Answer
  /** Whether updates can be stored; if not, since when, and why. */
  storing: () => true | { failingSince: string; reason: string }
  /** Whether the servers hear each other; false: there is one; if not, since when. */
  redis: () => boolean | { awaySince: string }
  /** What a monitoring system reads. */
  metrics: (authorization: string | null) => Promise<Answer>
  /** Whether the database answers. */
  isReady: () => Promise<boolean>
  timeZone: string
  /** The address that people open, without a slash at its end. */
  address: () => string
  /** People come over https. */
  isSecure: boolean
  build: string
}

const key = Symbol.for('passline.runtime')
const world = globalThis as { [key]?: Runtime }

export function provideRuntime(services: Runtime): void {
  world[key] = services
}

/** @throws when the server has not started: pages and routes are only served by it */
export function runtime(): Runtime {
  const services = world[key]
  if (!services) throw new Error('Passline runs by its own server: npm start, not next start')
  return services
}
