/**
 * One number for a whole board: the sum, modulo 2^32, over the orders on it of a hash of (order id, seq).
 * A sum can be kept by adding and taking away, and does not depend on any order of the orders.
 */

/** Hash of one order at one seq, as an unsigned 32-bit integer (FNV-1a over UTF-16 units, then murmur3's finish). */
export function orderHash(orderId: string, seq: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < orderId.length; index += 1) {
    hash = Math.imul(hash ^ orderId.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ seq, 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A place on a board, as far as the checksum is concerned. */
type Placed = { id: string; seq: number; onBoard: boolean }

const shareOf = (order: Placed | null) => (order?.onBoard ? orderHash(order.id, order.seq) : 0)

/** The checksum after an order went from `before` (null: unknown until now) to `after`. */
export function checksumAfter(checksum: number, before: Placed | null, after: Placed): number {
  return (checksum - shareOf(before) + shareOf(after)) >>> 0
}
