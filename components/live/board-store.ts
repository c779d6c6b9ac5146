/**
 * The board that a screen holds, and the lines that keep it right. No React here.
 *
 * Invariants: what is shown is always the fold of one snapshot and every change after it, without a gap;
 * `live` is said only while the last proof, an answer to a question asked at most ten seconds ago that agrees with
 * what is held, is fresh. Pushed messages prove nothing: they may stop coming without a word.
 */
import type { Backlog, BoardOrder, Cursor } from '#domain/board.ts'
import { cursors, hear, type Missing, missing, nothingHeld, take, weigh } from '#domain/follow.ts'
import type { OrderView } from '#domain/order-view.ts'
import type { Beat, BeatAnswer, ProtocolError } from '#domain/protocol.ts'
import { maximumPaints } from '#domain/screen-limits.ts'
import type { Connection, Screen, Sound, Tap, TapResult, Told } from './screen.ts'
import { answerWithinMs, type Surroundings } from './surroundings.ts'

const beatEveryMs = 3_000
/** Where no websocket opens, HTTP is asked this often, once the websocket has been missing for so much longer than it may. */
const slowBeatEveryMs = 2_000
const slowAfterMs = 1_500
const proofLastsMs = 10_000
const tickMs = 500
/** Right again, it says so for a while. */
const saysBackForMs = 10_000

export type BoardStore<View = OrderView> = Screen<View> & {
  /** What the server says that this screen is, opaque; null before its first answer. */
  settings: () => string | null
  stop: () => void
}

/**
 * Opens the connection and follows the board until `stop`.
 * @param isView whether an order is of this screen's role: a screen that gets another one hears of it by orders that this
 *   page cannot show, before the next beat has it begin anew
 */
export function createBoardStore<View extends BoardOrder = OrderView>(
  build: string,
  surroundings: Surroundings<View>,
  isView: (order: BoardOrder) => boolean = isStaffView,
): BoardStore<View> {
  const { elapsed, request } = surroundings
  const listeners = new Set<() => void>()
  let held = nothingHeld<View>()
  let orders: readonly View[] = []
  let connection: Connection = { kind: 'connecting' }
  let told: Told = { locations: {}, silentScreens: [], newBuild: null }
  /** The server's clock less our elapsed time; null before the first answer. */
  let serverOffsetMs: number | null = null
  let settings: string | null = null
  /** When the question was asked whose answer last proved us right, in elapsed time and in the server's; and its line. */
  let proof: { askedAt: number; serverAt: number; isSlow: boolean } | null = null
  let failingSince: number | null = null
  /** When what is shown was last stale, in elapsed time; null: never. */
  let staleAt: number | null = null
  let isFollowing = false
  let isRevoked = false
  let isNotifying = false
  let beats = 0
  let beatDueAt = 0
  /** Since when there is no websocket, in elapsed time; null while there is one. */
  let socketLostAt: number | null = elapsed()

  /** Where the boards of a snapshot of the orders are: what is painted when it is. */
  const placesOf = new WeakMap<readonly View[], Record<string, Cursor>>()
  const painted: Record<string, Cursor> = {}
  let paints: { locationId: string; seq: number; at: number }[] = []
  let hidden = 0
  let sound: Sound = 'off'

  const socket = surroundings.openSocket()

  socket.on('connect', () => {
    socketLostAt = null
    isFollowing = false
    void follow(cursors(held)).then(followMissing).then(beat)
  })
  socket.on('disconnect', (reason) => {
    socketLostAt ??= elapsed()
    isFollowing = false
    settle()
    // The server let us go on purpose: Socket.IO would not come back by itself.
    if (reason === 'io server disconnect' && !isRevoked) socket.connect()
  })
  socket.on('connect_error', (error) => {
    if (error.message === 'unauthorized') revoke()
    // Refused by the server itself: Socket.IO would not come back by itself.
    else if (!socket.active) setTimeout(() => socket.connect(), beatEveryMs)
    settle()
  })
  socket.on('change', (change) => {
    if (!isView(change.order)) return
    const next = hear(held, change)
    if (next === held) return
    if (next.boards === held.boards) held = next
    else hold(next)
    void followMissing()
  })
  socket.on('revoked', revoke)

  const timer = setInterval(() => {
    if (elapsed() >= beatDueAt) void beat()
    settle()
  }, tickMs)
  const stopWaking = surroundings.onWake(() => {
    settle()
    void beat()
    if (!socket.connected && !isRevoked) socket.connect()
  })

  const isSlow = () => socketLostAt !== null && elapsed() - socketLostAt > Number(socket.io.timeout()) + slowAfterMs

  /** Asks for what is missing; with no cursor at all, for everything. One question at a time: the next one asks again. */
  async function follow(asked: Missing): Promise<void> {
    if (isFollowing || isRevoked) return
    isFollowing = true
    settle()
    const line = socket.connected ? socket.id : null
    try {
      const answer = socket.connected
        ? await socket.timeout(answerWithinMs).emitWithAck('follow', asked)
        : await followSlowly(asked)
      // What another connection asked for is asked for again by this one.
      if (!isError(answer) && line === (socket.connected ? socket.id : null)) {
        const backlogs = answer as Record<string, Backlog<View>>
        if (Object.values(backlogs).every((backlog) => backlog.orders.every(isView))) hold(take(held, backlogs))
      }
    } catch {
      // No answer: the next beat finds out what is missing.
    } finally {
      isFollowing = false
      settle()
    }
  }

  async function followSlowly(asked: Missing): Promise<Record<string, Backlog<View>>> {
    const answers: Record<string, Backlog<View>> = {}
    for (const [locationId, cursor] of Object.entries(asked)) {
      const query = cursor ? `changes?epoch=${encodeURIComponent(cursor.epoch)}&after=${cursor.seq}` : 'board'
      const response = await request(`/api/locations/${encodeURIComponent(locationId)}/${query}`)
      if (response.ok) answers[locationId] = (await response.json()) as Backlog<View>
    }
    return answers
  }

  /** Asks for what was announced and is not held; what is pushed while asking is asked for next. */
  async function followMissing(): Promise<void> {
    while (socket.connected && !isFollowing && held.announced.size > 0) {
      const before = held
      await follow(missing(held))
      // Nothing came: leave it to the next beat.
      if (held === before) return
    }
  }

  /** Asks what is true now, over the websocket or, where there is none, over HTTP. */
  async function beat(): Promise<void> {
    if (isRevoked || (!socket.connected && !isSlow())) return
    const askedAt = elapsed()
    beatDueAt = askedAt + (socket.connected ? beatEveryMs : slowBeatEveryMs)
    const said = nextBeat(askedAt)
    const isOverHttp = !socket.connected
    try {
      const answer = isOverHttp
        ? await beatSlowly(said.beat)
        : await socket.timeout(answerWithinMs).emitWithAck('beat', said.beat)
      if (answer && !isError(answer)) {
        paints = paints.filter((paint) => !said.paints.includes(paint))
        weighAnswer(answer, askedAt, isOverHttp)
      }
    } catch {
      // No answer is no proof. A line that is dead but looks open is given up, so that a new one can be tried.
      if (socket.connected && !isProvenSince(askedAt)) socket.io.engine.close()
    }
    settle()
  }

  async function beatSlowly(said: Beat): Promise<BeatAnswer | null> {
    const response = await request('/api/screen/beat', said)
    if (response.status === 401) revoke()
    return response.ok ? ((await response.json()) as BeatAnswer) : null
  }

  function nextBeat(at: number): { beat: Beat; paints: typeof paints } {
    beats += 1
    const positions = Object.fromEntries(
      [...held.boards].map(([id, { epoch, seq, checksum }]) => [id, { epoch, seq, checksum }]),
    )
    const told = paints.slice(-maximumPaints)
    const paintsSaid = told.map((one): [string, number, number] => [one.locationId, one.seq, at - one.at])
    const seqs = Object.fromEntries(Object.entries(painted).map(([id, { seq }]) => [id, seq]))
    return { beat: { n: beats, positions, painted: seqs, paints: paintsSaid, hidden, sound, build }, paints: told }
  }

  /** Compares what the database says with what is held; agreeing is proof, differing is a question. */
  function weighAnswer(answer: BeatAnswer, askedAt: number, isOverHttp: boolean): void {
    // The answer was given somewhere between the question and now.
    serverOffsetMs = Date.parse(answer.serverTime) - (askedAt + elapsed()) / 2
    failingSince = answer.storing === true ? null : Date.parse(answer.storing.failingSince)
    keepTold(answer)
    if (answer.settings !== undefined && answer.settings !== settings) {
      settings = answer.settings
      notify()
    }
    // Where no line has ever been opened, none is waited for: HTTP goes on.
    if (answer.lineWithinMs !== undefined && !isOverHttp) socket.io.timeout(answer.lineWithinMs)
    const weighed = weigh(held, answer.locations)
    if (weighed.held !== held) hold(weighed.held)
    if (Object.keys(weighed.missing).length > 0) void follow(weighed.missing).then(followMissing).then(beatSoon)
    else if (!isProvenSince(askedAt)) proof = { askedAt, serverAt: serverNow(), isSlow: isOverHttp }
  }

  /** What was missing has come: ask at once whether all is right now. */
  function beatSoon(): void {
    beatDueAt = 0
  }

  function keepTold({ locations, silentScreens, build: serverBuild }: BeatAnswer): void {
    const next: Told = {
      locations: Object.fromEntries(
        Object.entries(locations).map(([id, { epoch: _epoch, seq: _seq, checksum: _checksum, ...rest }]) => [id, rest]),
      ),
      silentScreens: silentScreens ?? [],
      newBuild: serverBuild === build ? null : serverBuild,
    }
    if (JSON.stringify(next) === JSON.stringify(told)) return
    told = next
    notify()
  }

  function serverNow(): number {
    return serverOffsetMs === null ? Date.now() : elapsed() + serverOffsetMs
  }

  function isProvenSince(askedAt: number): boolean {
    return proof !== null && proof.askedAt >= askedAt
  }

  function revoke(): void {
    isRevoked = true
    hold(nothingHeld())
    socket.disconnect()
    settle()
  }

  function hold(next: typeof held): void {
    held = next
    orders = [...next.boards.values()].flatMap((board) => [...board.orders.values()])
    placesOf.set(orders, cursors(next))
    notify()
  }

  /** Says how far what is shown can be trusted, if it is something else than before. */
  function settle(): void {
    const next = connectionNow()
    if (next.kind === 'not-live' || next.kind === 'not-storing') staleAt = elapsed()
    if (JSON.stringify(next) === JSON.stringify(connection)) return
    connection = next
    notify()
  }

  function connectionNow(): Connection {
    if (isRevoked) return { kind: 'revoked' }
    if (!proof) return elapsed() > proofLastsMs ? { kind: 'not-live', since: null } : { kind: 'connecting' }
    if (elapsed() - proof.askedAt > proofLastsMs) return { kind: 'not-live', since: proof.serverAt }
    if (failingSince !== null) return { kind: 'not-storing', since: failingSince }
    if (isFollowing || !(socket.connected || proof.isSlow)) return { kind: 'catching-up' }
    if (!socket.connected) return { kind: 'live-slow' }
    return { kind: 'live', isBack: staleAt !== null && elapsed() - staleAt < saysBackForMs }
  }

  /** Tells the listeners once a frame, however much has changed. */
  function notify(): void {
    if (isNotifying) return
    isNotifying = true
    surroundings.nextFrame(() => {
      isNotifying = false
      for (const listener of listeners) listener()
    })
  }

  async function say(path: string, body: object): Promise<TapResult> {
    try {
      const response = await request(path, { ...body, actionId: newActionId() })
      if (response.ok) return { done: true }
      const { error } = (await response.json()) as {
        error: { code: string; message: string; issues: { message: string }[] }
      }
      const reason = error.code === 'conflict' ? error.issues[0]?.message : undefined
      return { done: false, code: reason ?? error.code, message: error.message }
    } catch {
      return { done: false, code: 'offline', message: 'no answer' }
    }
  }

  function act(order: Pick<OrderView, 'locationId' | 'id' | 'seq'>, tap: Tap): Promise<TapResult> {
    const { name, ...fields } = tap
    const place = `/api/locations/${encodeURIComponent(order.locationId)}/orders/${encodeURIComponent(order.id)}/${name}`
    return say(place, { ...fields, seenSeq: order.seq })
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    orders: () => orders,
    connection: () => connection,
    told: () => told,
    settings: () => settings,
    serverNow,
    act,
    say,
    painted: (snapshot) => {
      const at = elapsed()
      for (const [locationId, place] of Object.entries(placesOf.get(snapshot) ?? {})) {
        const before = painted[locationId]
        if (before && before.epoch === place.epoch && place.seq <= before.seq) continue
        painted[locationId] = place
        paints.push({ locationId, seq: place.seq, at })
      }
      if (paints.length > maximumPaints) paints = paints.slice(-maximumPaints)
    },
    hides: (count) => {
      hidden = count
    },
    sounds: (state) => {
      sound = state
    },
    stop: () => {
      clearInterval(timer)
      stopWaking()
      socket.disconnect()
    },
  }
}

/** An order as staff's screens get it. */
export function isStaffView(order: object): boolean {
  return 'lane' in order
}

function isError(answer: object): answer is ProtocolError {
  return 'error' in answer && typeof (answer as ProtocolError).error?.code === 'string'
}

/** Random enough to be nobody else's; `crypto.randomUUID` is missing where pages come over plain http. */
function newActionId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
