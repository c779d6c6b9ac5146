/** What screens ask for over HTTP: boards, changes, and what staff add to an order. */

import type { Logger } from 'pino'
import {
  beatSchema,
  type StaffAction,
  type StaffActionAnswer,
  type StaffActionName,
  staffActionSchemas,
} from '#domain/protocol.ts'
import { type ActionDecision, act, type Refusal } from '#domain/staff-action.ts'
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts'
import { issuesOf } from './issues.ts'
import type { ReadBacklog } from './live/backlog.ts'
import type { AnswerBeat } from './live/beats.ts'
import type { Gaps } from './live/gaps.ts'
import type { OpenOrders } from './live/open-orders.ts'
import type { ScreenHealth } from './live/screen-health.ts'
import { sightOf } from './live/sight.ts'
import type { Identify } from './screen-access.ts'
import { setScreenCookie } from './screen-token.ts'
import type { Audit } from './store/audit.ts'
import type { Job } from './store/batch.ts'
import type { PairingCodes } from './store/pairing-codes.ts'
import type { Screen, Screens } from './store/screens.ts'
import type { Writer } from './store/writer.ts'
import { answeringSurprises } from './surprise.ts'

/** A request as far as it matters here; the names of headers are in small letters. */
export type ScreenRequest = {
  headers: {
    cookie?: string | undefined
    authorization?: string | undefined
  }
}

/** Read only of those who may ask. */
type ReadBody = () => Promise<unknown>

type Settings = {
  screens: Screens
  pairingCodes: PairingCodes
  identify: Identify
  letGo: (screenId: string, isRevoked: boolean) => void
  backlog: ReadBacklog
  answerBeat: AnswerBeat
  health: ScreenHealth
  gaps: Gaps
  openOrders: OpenOrders
  writer: Writer
  now: () => number
  /** Whether people reach us over https: cookies then go nowhere else. */
  isSecure: boolean
  audit: Audit
  log: Logger
}

export type ScreenRequests = ReturnType<typeof createScreenRequests>

export function createScreenRequests(settings: Settings) {
  const {
    screens,
    pairingCodes,
    identify,
    letGo,
    backlog,
    answerBeat,
    health,
    gaps,
    openOrders,
    writer,
    now,
    isSecure,
    audit,
    log,
  } = settings

  /** The screen that asks; else the answer that it gets. */
  async function screenOf(request: ScreenRequest): Promise<Screen | Answer> {
    return (await identify(request.headers))?.screen ?? errorAnswer('unauthorized', 'this is not a paired screen')
  }

  /** The screen that asks, if it may see the location; else the answer that it gets. */
  async function screenFor(request: ScreenRequest, locationId: string): Promise<Screen | Answer> {
    const screen = await screenOf(request)
    if ('status' in screen) return screen
    if (!screen.locations.includes(locationId)) {
      log.warn({ screenId: screen.id, locationId }, 'a screen asked for a location that it does not show')
      return errorAnswer('forbidden', 'this screen does not show that location')
    }
    return screen
  }

  /** `GET …/board` */
  async function readBoard(request: ScreenRequest, locationId: string): Promise<Answer> {
    const screen = await screenFor(request, locationId)
    if ('status' in screen) return screen
    return jsonAnswer(await backlog(locationId, sightOf(screen.role), null))
  }

  /** `GET …/changes?epoch=&after=` */
  async function readChanges(request: ScreenRequest, locationId: string, query: URLSearchParams): Promise<Answer> {
    const screen = await screenFor(request, locationId)
    if ('status' in screen) return screen
    const after = query.get('after') ?? ''
    const epoch = query.get('epoch') ?? ''
    if (!/^\d{1,10}$/.test(after)) {
      const issues = [{ path: 'after', message: 'expected a whole number' }]
      return errorAnswer('wrong_shape', 'after: expected a whole number', { issues })
    }
    return jsonAnswer(await backlog(locationId, sightOf(screen.role), { epoch, seq: Number(after) }))
  }

  /** `POST /api/screen/beat`: the same question as over the websocket, for screens where none opens. */
  async function beat(request: ScreenRequest, body: ReadBody): Promise<Answer> {
    const screen = await screenOf(request)
    if ('status' in screen) return screen
    const parsed = beatSchema.safeParse(await body())
    if (!parsed.success) {
      return errorAnswer('wrong_shape', 'the beat is not of the expected form', { issues: issuesOf(parsed.error) })
    }
    return jsonAnswer(await answerBeat(screen, parsed.data))
  }

  /** `GET …/screens`: how each screen of a location does, and on how many each open order is painted. */
  async function readScreens(request: ScreenRequest, locationId: string): Promise<Answer> {
    const screen = await staffScreenFor(request, locationId)
    if ('status' in screen) return screen
    const open = [...(openOrders.byLocation().get(locationId) ?? [])]
    return jsonAnswer({
      serverTime: new Date(now()).toISOString(),
      screens: health.of(locationId),
      orders: open.map(([id, { seq }]) => ({ id, seq, paintedOn: health.paintedOn(locationId, seq) })),
    })
  }

  /** `POST …/gaps/{gapId}/seen` */
  async function seeGap(request: ScreenRequest, locationId: string, gapId: string): Promise<Answer> {
    const screen = await staffScreenFor(request, locationId)
    if ('status' in screen) return screen
    const isSeen = await gaps.see(gapId, locationId, screen.name)
    return isSeen ? jsonAnswer({ seen: true }) : errorAnswer('not_found', 'there is no such gap')
  }

  /** `POST …/screens/{screenId}/off`: signs a screen off until the next business day. */
  async function signOff(request: ScreenRequest, locationId: string, screenId: string): Promise<Answer> {
    const screen = await staffScreenFor(request, locationId)
    if ('status' in screen) return screen
    const isDone = await health.signOff(screenId, locationId)
    return isDone ? jsonAnswer({ off: true }) : errorAnswer('not_found', 'there is no such screen')
  }

  /** The kitchen or counter screen that asks, if it may see the location. */
  async function staffScreenFor(request: ScreenRequest, locationId: string): Promise<Screen | Answer> {
    const screen = await screenFor(request, locationId)
    if ('status' in screen) return screen
    return screen.role === 'pickup' ? errorAnswer('forbidden', 'this is not for a pickup board') : screen
  }

  /** `POST …/orders/{orderId}/{action}` */
  async function addAction(
    request: ScreenRequest,
    locationId: string,
    orderId: string,
    name: string,
    body: ReadBody,
  ): Promise<Answer> {
    const screen = await staffScreenFor(request, locationId)
    if ('status' in screen) return screen
    if (!isActionName(name)) return errorAnswer('not_found', 'there is no such action')
    const parsed = staffActionSchemas[name].safeParse(await body())
    if (!parsed.success) {
      return errorAnswer('wrong_shape', 'the action is not of the expected form', { issues: issuesOf(parsed.error) })
    }
    const action = { name, ...parsed.data } as StaffAction
    const recorded = await writer.record(actionJob(screen, locationId, orderId, action, now()))
    if (recorded.kind === 'not-stored') {
      return errorAnswer('not_stored', 'this could not be stored; try again', { headers: { 'retry-after': '1' } })
    }
    return answerOf(recorded.answer)
  }

  /** `POST /api/pair` with a one-time link's secret. A POST, so that no preview of the link uses it up. */
  async function pair(body: unknown): Promise<Answer> {
    const paired = await screens.pairByLink(textIn(body, 'link'))
    if (!paired) return errorAnswer('not_found', 'this link was used, or is too old')
    // The token that the screen had until now ends, and with it whoever is connected by it.
    letGo(paired.id, true)
    await notePaired(paired.id, 'link')
    return pairedAnswer(paired.token)
  }

  /** `POST /api/pair/code`: a code for a browser to show, until somebody who may has confirmed it. */
  async function showCode(): Promise<Answer> {
    return jsonAnswer(await pairingCodes.begin())
  }

  /** `POST /api/pair/poll`: what became of the code; confirmed, the browser is that screen from now on. */
  async function askForPairing(body: unknown): Promise<Answer> {
    const outcome = await pairingCodes.ask(textIn(body, 'device'))
    if (outcome.kind !== 'paired') return jsonAnswer({ paired: false, state: outcome.kind })
    await notePaired(outcome.id, 'code')
    return pairedAnswer(outcome.token)
  }

  /** A browser has become a screen: whoever confirmed it, or made the link, is noted beside it. */
  async function notePaired(id: string, by: 'link' | 'code'): Promise<void> {
    await audit.note({ by: `a browser, by ${by}`, action: 'become screen', about: { id } })
  }

  function pairedAnswer(token: string): Answer {
    return { ...jsonAnswer({ paired: true }), cookies: [setScreenCookie(token, isSecure)] }
  }

  const surprising = answeringSurprises(log)
  return {
    readBoard: surprising(readBoard),
    readChanges: surprising(readChanges),
    beat: surprising(beat),
    readScreens: surprising(readScreens),
    seeGap: surprising(seeGap),
    signOff: surprising(signOff),
    addAction: surprising(addAction),
    pair: surprising(pair),
    showCode: surprising(showCode),
    askForPairing: surprising(askForPairing),
  }
}

/** A text in a small body that anybody may have sent; '' when there is none. */
function textIn(body: unknown, name: string): string {
  const value: unknown = Object(body)[name]
  return typeof value === 'string' ? value : ''
}

function isActionName(name: string): name is StaffActionName {
  return Object.hasOwn(staffActionSchemas, name)
}

/** What is remembered of an action: enough to answer the same again. */
type Remembered = StaffActionAnswer | { outcome: 'refused'; reason: Refusal | 'no_such_order' }

export function actionJob(
  screen: Screen,
  locationId: string,
  orderId: string,
  action: StaffAction,
  at: number,
): Job<Remembered> {
  return {
    about: { locationId, orderId, actionId: action.actionId },
    at,
    bytes: 500,
    isWebhook: false,
    decide: ({ order, moment, earlierAnswer }) => {
      if (earlierAnswer !== null)
        return { step: { kind: 'unchanged' }, answer: JSON.parse(earlierAnswer) as Remembered }
      if (!order) return { step: { kind: 'unchanged' }, answer: { outcome: 'refused', reason: 'no_such_order' } }
      const decision = act(order, action, screen.name, moment)
      const answer = rememberedOf(decision)
      const facts = { action: action.name, screen: screen.name, ...('answer' in action && { answer: action.answer }) }
      return {
        step:
          decision.outcome === 'changed'
            ? { kind: 'changed', order: decision.order, by: 'staff', facts }
            : { kind: 'unchanged' },
        action: {
          locationId,
          actionId: action.actionId,
          orderId,
          screenId: screen.id,
          name: action.name,
          at,
          answer: JSON.stringify(answer),
        },
        answer,
      }
    },
  }
}

function rememberedOf(decision: ActionDecision): Remembered {
  return decision.outcome === 'refused'
    ? { outcome: 'refused', reason: decision.reason }
    : { outcome: decision.outcome, seq: decision.order.seq }
}

const words: Record<Refusal | 'no_such_order', string> = {
  no_such_order: 'there is no such order',
  ended: 'the order has ended',
  already_left: 'the food has left',
  already_handed_over: 'it was handed over already',
  not_handed_over: 'it was not handed over',
  driver_changed: 'another driver comes now',
  wrong_passcode: 'this is not the passcode',
  no_such_problem: 'there is no such problem',
  no_such_answer: 'this is no answer to that problem',
  not_our_delivery: 'the courier says when it is delivered',
}

function answerOf(remembered: Remembered): Answer {
  if (remembered.outcome !== 'refused') return jsonAnswer(remembered)
  const { reason } = remembered
  const code = reason === 'no_such_order' ? 'not_found' : 'conflict'
  return errorAnswer(code, words[reason], { issues: [{ path: '', message: reason }] })
}
