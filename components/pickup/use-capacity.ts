'use client'

import { type RefObject, useEffect, useState } from 'react'

/** How many cells of a grid of equal cells are in sight. */
export function useCapacity(grid: RefObject<HTMLElement | null>): number {
  const [capacity, setCapacity] = useState(1)
  useEffect(() => {
    const element = grid.current
    if (!element) return
    const measure = () => {
      const { gridTemplateColumns, gridAutoRows, rowGap } = getComputedStyle(element)
      const gap = Number.parseFloat(rowGap)
      const rows = Math.floor((element.clientHeight + gap) / (Number.parseFloat(gridAutoRows) + gap))
      setCapacity(Math.max(1, rows * gridTemplateColumns.split(' ').length))
    }
    const resized = new ResizeObserver(measure)
    resized.observe(element)
    return () => resized.disconnect()
  }, [grid])
  return capacity
}
