/**
 * What an update means: decided from the order as it stands, the update and the moment, and nothing else.
 * The server decides with it; tests generate with it.
 */
import { hear, type Moment } from './hear.ts'
import { laneOf } from './lane.ts'
import { newOrder, type Order, orderWith } from './order.ts'
import type { CreateUpdate, OrderUpdate } from './order-update.ts'

export type { Moment }

export type Decision =
  /** `late`: told something new although it was old. */
  { outcome: 'changed'; late: boolean; order: Order } | { outcome: 'repeated' | 'late'; order: Order }

/**
 * Decides on an update. An order never seen is created by its first update.
 * @param order as it stands, or null
 * @param moment the time of receipt, and the seq that the change takes if it is one
 */
export function decide(order: Order | null, update: OrderUpdate, moment: Moment): Decision {
  const before = order ?? newOrder(update.locationId, update.orderId, moment.at, moment.seq)
  const heard = update.type === 'order.created' ? create(before, update, moment) : hear(before, update, moment)
  if (order && heard.order === order) return { outcome: heard.late ? 'late' : 'repeated', order }
  const changed = changedAt(orderWith(heard.order, { heardAt: moment.at }), order, moment)
  return { outcome: 'changed', late: order !== null && heard.late, order: changed }
}

/**
 * The order as its change number `seq`: the time in its lane starts anew when the lane is another,
 * and an order that left the board returns when there is something to do or to watch. Whoever is named then is known
 * anew, though its people were forgotten (forget.ts).
 */
export function changedAt(after: Order, before: Order | null, { at, seq }: Pick<Moment, 'at' | 'seq'>): Order {
  const lane = laneOf(after)
  const isSameLane = before !== null && laneOf(before) === lane
  const returns =
    before !== null && before.leftBoard !== null && after.leftBoard === before.leftBoard && lane !== 'done'
  const isOpen = after.end === null && (returns || after.leftBoard === null) && lane !== 'done'
  return orderWith(after, {
    seq,
    laneSince: isSameLane ? after.laneSince : at,
    leftBoard: returns ? null : after.leftBoard,
    erasedAt: isOpen ? null : after.erasedAt,
  })
}

/**
 * What `order.created` says: it fills what is not known, and replaces what is (an amendment) until the order ends.
 * An absent field says nothing.
 */
function create(order: Order, update: CreateUpdate, { prepTimeMinutes }: Moment): { order: Order; late: boolean } {
  const said: Partial<Order> = {
    ...(update.number !== undefined && { number: update.number }),
    ...(update.source !== undefined && { source: update.source }),
    ...(update.brand !== undefined && { brand: update.brand }),
    ...(update.fulfillmentType !== undefined && { fulfillmentType: update.fulfillmentType }),
    ...(update.note !== undefined && { note: update.note }),
    ...(update.requestedFor !== undefined && { requestedFor: update.requestedFor }),
    ...(update.items.length > 0 && { items: update.items }),
    ...(update.customers.length > 0 && { customers: update.customers }),
    ...(order.prepTimeMinutes === null && prepTimeMinutes !== null && { prepTimeMinutes }),
  }
  const news = (Object.keys(said) as (keyof Order)[]).filter((key) => !isSame(order[key], said[key]))
  const isUnknown = (key: keyof Order) => order[key] === null || (Array.isArray(order[key]) && order[key].length === 0)
  const accepted = order.end === null ? news : news.filter(isUnknown)
  if (accepted.length === 0) return { order, late: news.length > 0 }
  return {
    order: orderWith(order, Object.fromEntries(accepted.map((key) => [key, said[key]]))),
    late: order.end !== null,
  }
}

/** Equal as JSON: both come from the same code, so that their keys stand in the same order. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
