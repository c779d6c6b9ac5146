'use client'

import { useSyncExternalStore } from 'react'

const never = () => () => {}

/**
 * Whether this page's script runs: before that, what the server drew cannot be used yet.
 * A button that is off until then loses no press that came too early.
 */
export function useAwake(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}
