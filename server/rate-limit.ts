/** Counts per address and minute, so that guessing is slow and no stranger takes the machine for itself. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export type RateLimit = {
  /** Counts one; answers the seconds to wait when there were too many, else null. */
  count: (address: string) => Promise<number | null>
}

/** @param allowed per minute and address */
export function createRateLimit(allowed: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: allowed, duration: 60 })
  return {
    count: async (address) => {
      try {
        await limiter.consume(address)
        return null
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
        throw refused
      }
    },
  }
}

/** What each address may do in a minute. Who has a valid credential for the webhook is never counted. */
export const allowedPerMinute = {
  failedAuthentications: 30,
  /** Far more than a restaurant's screens need, all loading anew at once. */
  pages: 300,
  pairings: 30,
} as const
