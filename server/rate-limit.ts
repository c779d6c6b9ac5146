/** Counts per address and minute, so that guessing is slow and no stranger takes the machine for itself. */
import ipaddr from 'ipaddr.js'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Redis } from './live/redis.ts'

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

/** Makes one. @param name of what is limited @param allowed per address, or whatever is counted, and so many seconds */
export type CreateRateLimit = (name: string, allowed: number, perSeconds?: number) => RateLimit

/** Redis counts for all servers; one that takes longer is not waited for. */
const answerWithinMs = 500

/** @param redis counts for several servers together; without it, and while it is away, each counts what it sees itself */
export function createRateLimits(redis: Pick<Redis, 'client' | 'isLinked'> | null): CreateRateLimit {
  return (name, allowed, perSeconds = 60) => {
    const own = new RateLimiterMemory({ points: allowed, duration: perSeconds })
    const shared =
      redis &&
      new RateLimiterRedis({
        storeClient: redis.client,
        useRedisPackage: true,
        keyPrefix: `passline:${name}`,
        points: allowed,
        duration: perSeconds,
        insuranceLimiter: own,
      })

    async function limited<Result>(ask: (limiter: RateLimiterAbstract) => Promise<Result>): Promise<Result> {
      if (!shared || !redis.isLinked()) return ask(own)
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(resolve, answerWithinMs, 'late')
      })
      try {
        const answer = await Promise.race([ask(shared), late])
        return answer === 'late' ? await ask(own) : answer
      } finally {
        clearTimeout(timer)
      }
    }

    const secondsOf = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000))
    return {
      count: async (address) => {
        try {
          await limited((limiter) => limiter.consume(countedAs(address)))
          return null
        } catch (refused) {
          if (refused instanceof RateLimiterRes) return secondsOf(refused)
          throw refused
        }
      },
      giveBack: async (address) => {
        await limited((limiter) => limiter.reward(countedAs(address)))
      },
      wait: async (address) => {
        const counted = await limited((limiter) => limiter.get(countedAs(address)))
        return counted && counted.consumedPoints > allowed ? secondsOf(counted) : null
      },
    }
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
