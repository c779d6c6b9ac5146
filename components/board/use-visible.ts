'use client'

import { type RefObject, useDeferredValue, useEffect, useState } from 'react'
import type { OrderView } from '#domain/order-view.ts'
import { orderKey } from './lane-order.ts'

/** Of a card's lower edge, which may be cut off without hiding a button. */
const mayBeCutPx = 12

/** How many cards come before the first that is beyond. Those of one row are equally high, so it is found by halving. */
function countBefore(cards: HTMLCollection, isBeyond: (card: HTMLElement) => boolean): number {
  let low = 0
  let high = cards.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBeyond(cards[middle] as HTMLElement)) high = middle
    else low = middle + 1
  }
  return low
}

type Measured = Pick<Visible, 'count' | 'begun'>

function measured(scroller: HTMLElement, list: HTMLElement): Measured {
  const edge = scroller.scrollTop + scroller.clientHeight
  const cards = list.children
  const begun = countBefore(cards, (card) => card.offsetTop >= edge)
  return {
    // The buttons of a card are at its end.
    count: countBefore(cards, (card) => card.offsetTop + card.offsetHeight - mayBeCutPx > edge),
    begun: begun === cards.length ? Number.POSITIVE_INFINITY : begun,
  }
}

/** Cards that are rendered beyond the edge, so that a finger that scrolls finds them there. */
const ahead = { least: 2, usual: 4, most: 8 }

export type Visible = {
  /** Whole before the column's lower edge; infinity until it was measured. */
  count: number
  /** Of which a part, at least, is before that edge; infinity while all are: there may be room for more. */
  begun: number
  /** How many to render: a board of hundreds costs a slow device only what it shows, and little comes and goes. */
  rendered: number
}

const unmeasured: Visible = { count: Number.POSITIVE_INFINITY, begun: Number.POSITIVE_INFINITY, rendered: 12 }

function visibleAfter(before: Visible, { count, begun }: Measured): Visible {
  const isEnough = before.rendered >= count + ahead.least && before.rendered <= count + ahead.most
  if (isEnough && before.count === count && before.begun === begun) return before
  return { count, begun, rendered: isEnough ? before.rendered : count + ahead.usual }
}

/**
 * Which of a column's orders to render. One that comes to be rendered out of sight is left for when there is time: the
 * frame in which a whole column moves up has enough to do.
 */
export function useRendered(orders: readonly OrderView[], { count, begun, rendered }: Visible): readonly OrderView[] {
  const all = orders.slice(0, rendered)
  // As text: while these orders stay, there is nothing to do later.
  const known = JSON.parse(useDeferredValue(JSON.stringify(all.map(orderKey)))) as string[]
  const inSight = Math.max(count + ahead.least, begun)
  return all.filter((order, index) => index < inSight || known.includes(orderKey(order)))
}

/** How many of its cards a scrolling column shows before its lower edge. */
export function useVisible(scroller: RefObject<HTMLElement | null>, list: RefObject<HTMLElement | null>): Visible {
  const [visible, setVisible] = useState(unmeasured)
  useEffect(() => {
    const column = scroller.current
    const cards = list.current
    if (!column || !cards) return
    // What is resized was just laid out: to look now costs nothing, to look later would lay out what has changed since.
    const measure = () => {
      const now = measured(column, cards)
      setVisible((before) => visibleAfter(before, now))
    }
    const resized = new ResizeObserver(measure)
    resized.observe(column)
    resized.observe(cards)
    column.addEventListener('scroll', measure, { passive: true })
    return () => {
      resized.disconnect()
      column.removeEventListener('scroll', measure)
    }
  }, [scroller, list])
  return visible
}
