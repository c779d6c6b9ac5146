'use client'

import { useEffect, useState } from 'react'
import { Board } from '#components/board/board.tsx'
import type { Locale } from '#components/i18n/locale.ts'
import { type BoardStore, createBoardStore } from './board-store.ts'
import { browserSurroundings } from './surroundings.ts'

type Props = { build: string; locale: Locale }

/** The board of the screen that this browser is. The connection lives as long as the page. */
export function LiveBoard({ build, locale }: Props) {
  const [store, setStore] = useState<BoardStore | null>(null)
  useEffect(() => {
    const opened = createBoardStore(build, browserSurroundings())
    setStore(opened)
    return () => opened.stop()
  }, [build])
  return store && <Board screen={store} locale={locale} />
}
