'use client'

import { type RefObject, useEffect, useState } from 'react'

/** Of a card's lower edge, which may be cut off without hiding a button. */
const mayBeCutPx = 12

/**
 * How many of a column's cards are whole above its lower edge: the buttons of a card are at its end.
 * Cards of one row are equally high, so the first hidden one is found by halving.
 */
function visibleCount(scroller: HTMLElement, list: HTMLElement): number {
  const edge = scroller.scrollTop + scroller.clientHeight
  const cards = list.children
  let low = 0
  let high = cards.length
  while (low < high) {
    const middle = (low + high) >> 1
    const card = cards[middle] as HTMLElement
    if (card.offsetTop + card.offsetHeight - mayBeCutPx > edge) high = middle
    else low = middle + 1
  }
  return low
}

/** Cards that are rendered beyond the edge, so that a finger that scrolls finds them there. */
const ahead = { least: 2, usual: 4, most: 8 }

export type Visible = {
  /** Whole before the column's lower edge; infinity until it was measured. */
  count: number
  /** How many to render: a board of hundreds costs a slow device only what it shows, and little comes and goes. */
  rendered: number
}

const unmeasured: Visible = { count: Number.POSITIVE_INFINITY, rendered: 12 }

function visibleAfter(before: Visible, count: number): Visible {
  const isEnough = before.rendered >= count + ahead.least && before.rendered <= count + ahead.most
  if (isEnough && before.count === count) return before
  return { count, rendered: isEnough ? before.rendered : count + ahead.usual }
}

/** How many of its cards a scrolling column shows before its lower edge. */
export function useVisible(scroller: RefObject<HTMLElement | null>, list: RefObject<HTMLElement | null>): Visible {
  const [visible, setVisible] = useState(unmeasured)
  useEffect(() => {
    const column = scroller.current
    const cards = list.current
    if (!column || !cards) return
    let frame = 0
    const measure = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => setVisible((before) => visibleAfter(before, visibleCount(column, cards))))
    }
    const resized = new ResizeObserver(measure)
    resized.observe(column)
    resized.observe(cards)
    column.addEventListener('scroll', measure, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      resized.disconnect()
      column.removeEventListener('scroll', measure)
    }
  }, [scroller, list])
  return visible
}
