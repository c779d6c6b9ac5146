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

const renderedAtOnce = 24
const aheadOfEdge = 12

/**
 * How many cards of a column to render: those before its lower edge and some ahead of it, in steps. A board of hundreds
 * costs a slow device only what it shows.
 * @param visible as `useVisible` tells
 */
export function renderedCount(visible: number): number {
  const known = Number.isFinite(visible) ? visible : 0
  return renderedAtOnce * Math.ceil((known + aheadOfEdge) / renderedAtOnce)
}

/**
 * The number of cards that a scrolling column shows before its lower edge.
 * Infinity until it was measured.
 */
export function useVisible(scroller: RefObject<HTMLElement | null>, list: RefObject<HTMLElement | null>): number {
  const [visible, setVisible] = useState(Number.POSITIVE_INFINITY)
  useEffect(() => {
    const column = scroller.current
    const cards = list.current
    if (!column || !cards) return
    let frame = 0
    const measure = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => setVisible(visibleCount(column, cards)))
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
