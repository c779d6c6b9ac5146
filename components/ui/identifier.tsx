import type { ReactNode } from 'react'

/** A number, code, plate or phone: reads left to right in every language. */
export function Identifier({ children }: { children: ReactNode }) {
  return (
    <bdi dir="ltr" translate="no">
      {children}
    </bdi>
  )
}

/** For messages with a person's or a screen's name in them, as `<who>`: whatever it holds, it turns nothing around it. */
export const whoTag = { who: (inside: ReactNode) => <bdi>{inside}</bdi> }

/** For messages with an `<id>` in them. */
export const identifierTag = { id: (inside: ReactNode) => <Identifier>{inside}</Identifier> }
