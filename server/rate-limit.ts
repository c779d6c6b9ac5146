/** Counts per address and minute, so that guessing is slow and no stranger takes the machine for itself. */
import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export type RateLimit = {
  /** Counts one; answers the seconds to wait when there were too many, else null. */
  count: (address: string) => Promise<number | null>
  /** Takes one back that was counted: it was none that counts. */
  giveBack: (address: string) => Promise<void>
  /** The seconds to wait when there were too many already, else null; counts nothing. */
  wait: (address: string) => Promise<number | null>
}

/**
 * What an address is counted as: a household of IPv6 chooses among more addresses than anybody could count, and some
 * proxies tell a port with each.
 */
export function countedAs(address: string): string {
  const plain = address.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  if (!ipaddr.isValid(plain)) return plain
  const parsed = ipaddr.process(plain)
  return parsed instanceof ipaddr.IPv6 ? `${parsed.parts.slice(0, 4).join(':')}/64` : parsed.toString()
}

/** @param allowed per address, or whatever is counted, and so many seconds */
export function createRateLimit(allowed: number, perSeconds = 60): RateLimit {
  const limiter = new RateLimiterMemory({ points: allowed, duration: perSeconds })
  const secondsOf = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000))
  return {
    count: async (address) => {
      try {
        await limiter.consume(countedAs(address))
        return null
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return secondsOf(refused)
        throw refused
      }
    },
    giveBack: async (address) => {
      await limiter.reward(countedAs(address))
    },
    wait: async (address) => {
      const counted = await limiter.get(countedAs(address))
      return counted && counted.consumedPoints > allowed ? secondsOf(counted) : null
    },
  }
}

/** What each address may do in a minute. Who has a valid credential for the webhook is never counted. */
export const allowedPerMinute = {
  failedAuthentications: 30,
  /** Far more than a restaurant's screens need, all loading anew at once. */
  pages: 300,
  pairings: 30,
  failedSignIns: 10,
  wrongCodes: 10,
  /** Each sign-in is a slow hash: what everybody together may ask for. */
  signIns: 300,
} as const

/** On one account, from wherever: no guessing goes on for long, and nobody is locked out for long. */
export const failedSignInsPerAccount = { allowed: 30, perSeconds: 900 } as const
