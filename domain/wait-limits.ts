/** From when waiting is pressing: the words and colours of a card. */

/** Minutes: from when it is soon, and from when it is late. */
export type WaitLimit = { soon: number; late: number }

export type WaitLimits = {
  /** In the kitchen, where no promised time says so. */
  preparing: WaitLimit
  /** On the shelf. */
  ready: WaitLimit
  /** A driver who is here, and could have the food. */
  driverHere: WaitLimit
}

/** Where a restaurant has set none of its own. */
export const usualWaitLimits: WaitLimits = {
  preparing: { soon: 15, late: 20 },
  ready: { soon: 5, late: 10 },
  driverHere: { soon: 2, late: 5 },
}
