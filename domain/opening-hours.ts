/** When a restaurant is open, by its own clock. */
import { z } from 'zod'

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'expected a time such as 09:30' })

/** A time that ends at or before its begin ends on the next day. */
const span = z.tuple([clockTime, clockTime])

/** By day of the week, the times that begin on it; a day that is absent is closed. */
export const openingHoursSchema = z.partialRecord(z.enum(days), z.array(span))
export type OpeningHours = z.infer<typeof openingHoursSchema>

const dayMinutes = 24 * 60

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/**
 * Whether it is open.
 * @param weekMinutes minutes since Sunday 00:00, by the location's clock (`weekMinutesAt`)
 */
export function isOpenAt(hours: OpeningHours | null, weekMinutes: number): boolean {
  if (hours === null) return true
  return days.some((day, index) =>
    (hours[day] ?? []).some(([from, to]) => {
      const begin = index * dayMinutes + minutesOf(from)
      const length = (minutesOf(to) - minutesOf(from) + dayMinutes) % dayMinutes || dayMinutes
      const since = (weekMinutes - begin + 7 * dayMinutes) % (7 * dayMinutes)
      return since < length
    }),
  )
}
