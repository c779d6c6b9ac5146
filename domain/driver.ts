/**
 * Who drives, and whether an update speaks of the same person.
 *
 * A passcode or plate that belongs to somebody else is the worst thing a screen could show,
 * so doubt always means "another driver", and details of two drivers are never mixed.
 */

/** What an update said of a driver. An absent key says nothing. */
export type DriverDetails = {
  source?: string
  name?: string
  phoneNumber?: string
  phoneCode?: string
  pictureUrl?: string
  make?: string
  model?: string
  color?: string
  licensePlate?: string
  isAutonomous?: boolean
  handoffInstructions?: string
  passcode?: string
}

/** Details by the progress (0–8, see progress.ts) at which they were said. */
export type SaidByProgress = Partial<Record<number, DriverDetails>>

/** `said` read over `known`: a new number drops the old code, a new make drops the old car. */
function over(known: DriverDetails, said: DriverDetails): DriverDetails {
  const merged = { ...known }
  if (said.phoneNumber !== undefined && !alike(said.phoneNumber, known.phoneNumber)) delete merged.phoneCode
  if (said.make !== undefined && known.make !== undefined && !alike(said.make, known.make)) {
    delete merged.model
    delete merged.color
    delete merged.licensePlate
  }
  return Object.assign(merged, said)
}

/**
 * What is known of a driver: a value said at the same or a further progress replaces the one before.
 * Folding by progress, not by arrival, makes the result independent of the order of arrival.
 */
export function knownDetails(said: SaidByProgress): DriverDetails {
  let known: DriverDetails | null = null
  for (let progress = 0; progress <= 8; progress += 1) {
    const details = said[progress]
    if (details) known = known ? over(known, details) : details
  }
  return known ?? {}
}

/**
 * `said` with `details` heard at `progress`; the same object when nothing that is known now, or could be, changes by it.
 * A value said further on hides an older one, which needs no remembering; but a number or a make is remembered
 * wherever it was said: it tells what was said before it apart from what was said after it.
 */
export function withDetails(said: SaidByProgress, details: DriverDetails, progress: number): SaidByProgress {
  const before = said[progress] ?? {}
  const further = Object.entries(said).flatMap(([at, one]) => (one && Number(at) > progress ? [one] : []))
  const isNews = (key: keyof DriverDetails) => {
    if (details[key] === undefined || details[key] === before[key]) return false
    return key === 'phoneNumber' || key === 'make' || further.every((one) => one[key] === undefined)
  }
  const keys = Object.keys(details) as (keyof DriverDetails)[]
  return keys.some(isNews) ? { ...said, [progress]: over(before, details) } : said
}

/** True when the details carry a name or a phone. */
export function namesSomeone(details: DriverDetails): boolean {
  return details.name !== undefined || details.phoneNumber !== undefined
}

/** Letters and digits only, in one case: "ABC-1234" and "abc 1234" are one plate. */
function plain(text: string): string {
  const letters = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')
  return letters === '' ? text.trim() : letters
}

function alike(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one === other || plain(one) === plain(other)
}

/** Known on both sides, and different. */
function differs(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && !alike(one, other)
}

/** Known on both sides, and equal. */
function agrees(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && alike(one, other)
}

/** Platforms share one relay number among drivers: only number and code together tell two apart. */
function samePhone(known: DriverDetails, said: DriverDetails): boolean {
  return agrees(known.phoneNumber, said.phoneNumber) && alike(known.phoneCode, said.phoneCode)
}

/**
 * Whether an update with details `said` speaks of the driver of whom `known` is known.
 * `identified` is true only when a name or a phone proves it; `same` may also be the lack of a contrary word.
 */
export function compareDrivers(known: DriverDetails, said: DriverDetails): 'identified' | 'assumed' | 'another' {
  if (differs(known.source, said.source) || differs(known.licensePlate, said.licensePlate)) return 'another'
  if (!namesSomeone(said)) return 'assumed'
  if (known.name !== undefined && said.name !== undefined) {
    if (!alike(known.name, said.name)) return samePhone(known, said) ? 'identified' : 'another'
    const bothDiffer =
      known.phoneNumber !== undefined &&
      said.phoneNumber !== undefined &&
      !samePhone(known, said) &&
      differs(known.make, said.make)
    return bothDiffer && !agrees(known.licensePlate, said.licensePlate) ? 'another' : 'identified'
  }
  if (known.phoneNumber !== undefined && said.phoneNumber !== undefined) {
    return samePhone(known, said) ? 'identified' : 'another'
  }
  return namesSomeone(known) ? 'another' : 'assumed'
}
