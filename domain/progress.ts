/** How far one driver's turn got. A number orders the steps; 0 is "nothing heard yet". */
export const progressSteps = [
  'none',
  'enroute_to_pickup',
  'arrived_at_pickup',
  'enroute_to_dropoff',
  'arrived_at_dropoff',
  'completed',
  'enroute_to_return',
  'arrived_at_return',
  'returned',
] as const

export type ProgressStep = (typeof progressSteps)[number]

/** Progress as a number 0–8, the index in `progressSteps`. */
export const progressOf = {
  none: 0,
  enroute_to_pickup: 1,
  arrived_at_pickup: 2,
  enroute_to_dropoff: 3,
  arrived_at_dropoff: 4,
  completed: 5,
  enroute_to_return: 6,
  arrived_at_return: 7,
  returned: 8,
} as const satisfies Record<ProgressStep, number>
