/**
 * Answers the question that proves a screen: what is true now? Heads are read from the database, never from memory; the
 * questions of one moment share one reading.
 */
import { lineWithinMs } from '#domain/patience.ts'
import type { Beat, BeatAnswer, Position } from '#domain/protocol.ts'
import type { Screen } from '../store/screens.ts'
import type { Failure } from '../store/writer.ts'
import type { Epochs } from './epochs.ts'
import type { Gaps } from './gaps.ts'
import type { ScreenHealth } from './screen-health.ts'
import type { ReadHeads } from './shared-heads.ts'
import { sightOf } from './sight.ts'
import type { UsualGaps } from './usual-gaps.ts'

export type AnswerBeat = (screen: Screen, beat: Beat) => Promise<BeatAnswer>

type Settings = {
  headsOf: ReadHeads
  epochs: Epochs
  health: ScreenHealth
  gaps: Gaps
  usualGaps: UsualGaps
  failure: () => Failure | null
  /** A screen holds another board than ours at the same place. */
  onDiverged: () => void
  build: string
  now: () => number
}

export function createAnswerBeat(settings: Settings): AnswerBeat {
  const { headsOf, epochs, health, gaps, usualGaps, failure, onDiverged, build, now } = settings

  return async (screen, beat) => {
    const { role, locations } = screen
    const sight = sightOf(role)
    health.note(screen, beat)
    const heads = await headsOf(locations)
    const failing = failure()
    const positionOf = (locationId: string): Position => {
      const head = heads.get(locationId)
      const position = {
        epoch: epochs(locationId, sight),
        seq: head?.seq ?? 0,
        checksum: head?.checksum ?? 0,
        lastWebhookAt: head?.lastWebhookAt?.toISOString() ?? null,
      }
      const held = beat.positions[locationId]
      const isSamePlace = held?.epoch === position.epoch && held.seq === position.seq
      if (isSamePlace && held.checksum !== undefined && held.checksum !== position.checksum) onDiverged()
      if (role === 'pickup') return position
      return {
        ...position,
        usualGapMs: usualGaps.usualMs(locationId),
        gap: gaps.unseenAt(locationId),
        unshown: health.unshown(locationId, position.seq),
      }
    }
    return {
      n: beat.n,
      serverTime: new Date(now()).toISOString(),
      storing: failing === null ? true : { failingSince: new Date(failing.since).toISOString() },
      locations: Object.fromEntries(locations.map((locationId) => [locationId, positionOf(locationId)])),
      silentScreens: role === 'pickup' ? [] : health.silentFor(screen.id, locations),
      build,
      settings: screen.settings,
      lineWithinMs: lineWithinMs(health.count()),
    }
  }
}
