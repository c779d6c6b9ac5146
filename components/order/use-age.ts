'use client'

import { use } from 'react'
import type { OrderView } from '#domain/order-view.ts'
import { type Age, ageOf } from './age.ts'
import { ProvenContext, useScreen } from './screen-context.tsx'

/** How pressing an order is, by the limits of its location, and as far as the board is proven. */
export function useAgeOf(): (order: OrderView, now: number) => Age {
  const provenAt = use(ProvenContext)
  const { limitsOf } = useScreen()
  return (order, now) => ageOf(order, now, provenAt, limitsOf(order.locationId))
}
