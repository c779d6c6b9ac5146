/** Which screen asks. One place for pages, HTTP and sockets. */
import { tokenOf } from './screen-token.ts'
import type { Screen, Screens } from './store/screens.ts'

type Headers = Parameters<typeof tokenOf>[0]

export type Identified = { screen: Screen; token: string }

/** @returns null when nobody's token comes with the request */
export type Identify = (headers: Headers, given?: unknown) => Promise<Identified | null>

/**
 * @param isSecure whether people come over https
 * @param openToken the screen that a browser without a token is; null: none (the demo's open board)
 */
export function createIdentify(screens: Screens, isSecure: boolean, openToken: string | null): Identify {
  return async (headers, given) => {
    for (const token of [tokenOf(headers, isSecure, given), openToken]) {
      const screen = token ? await screens.authenticate(token) : null
      if (token && screen) return { screen, token }
    }
    return null
  }
}
