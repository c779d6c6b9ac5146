/** Counts failed authentication per address, so that guessing is slow. Valid credentials are never counted. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export type FailedAttempts = {
  /** Counts one failure; answers the seconds to wait when there were too many, else null. */
  count: (address: string) => Promise<number | null>
}

/** @param allowed failures per minute and address */
export function createFailedAttempts(allowed = 30): FailedAttempts {
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
