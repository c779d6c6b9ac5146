/** Business days: a restaurant's day ends at night, by the location's own clock. */

/** Making a clock costs a hundred times what reading it does, and there are few time zones. */
const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone)
  if (known) return known
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  clocks.set(timeZone, clock)
  return clock
}

/** Clocks are changed at a whole minute, not always at a quarter of an hour. */
const minuteMs = 60_000
const rememberedOffsets = 10_000
const offsets = new Map<string, number>()

/** The offset of a time zone from UTC at a moment, in milliseconds. */
function offsetMs(at: number, timeZone: string): number {
  const key = `${timeZone} ${Math.floor(at / minuteMs)}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  const offset = readOffsetMs(at, timeZone)
  if (offsets.size >= rememberedOffsets) offsets.clear()
  offsets.set(key, offset)
  return offset
}

/** By the time zone's clock, which takes many times as long: a chain's locations share few time zones and moments. */
function readOffsetMs(at: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value)
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return local - Math.floor(at / 1000) * 1000
}

/** The first moment after `before`, and not after `until`, at which the local clock shows `local` or later. */
function clockReaches(local: number, before: number, until: number, timeZone: string): number {
  let [early, late] = [before, until]
  if (early + offsetMs(early, timeZone) >= local) return early
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2)
    if (middle + offsetMs(middle, timeZone) >= local) late = middle
    else early = middle
  }
  return late
}

/**
 * When the business day that holds `at` began.
 * @param at epoch milliseconds
 * @param timeZone IANA name, such as "Europe/Madrid"
 * @param startMinutes minutes after local midnight at which a business day starts; 240 is 04:00
 * @returns epoch milliseconds. Where a clock change skips the local time, the moment the clock jumped to.
 */
export function businessDayStartedAt(at: number, timeZone: string, startMinutes: number): number {
  const dayMs = 86_400_000
  const local = at + offsetMs(at, timeZone)
  const midnight = Math.floor((local - startMinutes * 60_000) / dayMs) * dayMs
  const start = (day: number) => {
    const localStart = day + startMinutes * 60_000
    const one = localStart - offsetMs(localStart - offsetMs(at, timeZone), timeZone)
    const other = localStart - offsetMs(one, timeZone)
    return one === other ? one : clockReaches(localStart, Math.min(one, other), Math.max(one, other), timeZone)
  }
  const started = start(midnight)
  return started <= at ? started : start(midnight - dayMs)
}

/** Minutes since Sunday 00:00 by the clock of a time zone. `at` in epoch milliseconds. */
export function weekMinutesAt(at: number, timeZone: string): number {
  const local = new Date(at + offsetMs(at, timeZone))
  return local.getUTCDay() * 24 * 60 + local.getUTCHours() * 60 + local.getUTCMinutes()
}
