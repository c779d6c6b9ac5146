/** An order as rows: its facts in one, its items in another, its people in others. */
import type { SaidByProgress } from '#domain/driver.ts'
import { type Assignment, assignmentWith, newAssignment, newOrder, type Order, orderWith } from '#domain/order.ts'
import type { Customer, Item } from '#domain/order-update.ts'
import type { Sql } from './sql.ts'

/** What stands in columns and tables of its own; of the turns only what was said in them. */
const keptElsewhere = ['locationId', 'id', 'seq', 'items', 'customers', 'note', 'assignments'] as const

type AssignmentFacts = Partial<Omit<Assignment, 'said'>>

/** What people wrote about the order as a whole: it may name somebody, and stands among what was said of its drivers. */
type Words = { note?: string; here?: Record<number, string> }

/** The number under which an order's words stand; those of the drivers' turns begin at 1. */
export const wordsNumber = 0

/** An order's facts; what is absent is as it was when the order was first heard of. */
export type OrderFacts = Partial<Omit<Order, (typeof keptElsewhere)[number]>> & { assignments: AssignmentFacts[] }

/**
 * An order's row; with it its items as JSON, and its people's rows as JSON: `{number: said}`, words among
 * them, and a list of customers.
 */
export type OrderRow = {
  location_id: string
  id: string
  seq: number | bigint
  facts: string
  items: string | null
  said: string | null
  customers: string | null
}

/** Columns of an OrderRow, for a query over `orders o`. What belongs to it comes along, so that reading is one statement. */
export const orderColumns = (sql: Sql) => `o.location_id, o.id, o.seq, o.facts,
  (SELECT i.items FROM order_items i WHERE i.location_id = o.location_id AND i.order_id = o.id) AS items,
  (SELECT ${sql.objectOf('a.number', 'a.said')} FROM assignments a
    WHERE a.location_id = o.location_id AND a.order_id = o.id) AS said,
  (SELECT ${sql.listOf('c.position', 'c.id', 'c.name', 'c.phone')} FROM customers c
    WHERE c.location_id = o.location_id AND c.order_id = o.id) AS customers`

const untouchedOrder = newOrder('', '', 0, 0)
const untouchedAssignment = newAssignment(0, 0)
const orderFactNames = namesBut(untouchedOrder, keptElsewhere)
const assignmentFactNames = namesBut(untouchedAssignment, ['said'])

function namesBut<Whole extends object, Name extends keyof Whole>(whole: Whole, names: readonly Name[]) {
  const others = new Set<PropertyKey>(names)
  return Object.keys(whole).filter((name) => !others.has(name)) as Exclude<keyof Whole, Name>[]
}

export function factsOf(order: Order): OrderFacts {
  const facts: OrderFacts = {
    assignments: order.assignments.map((one) => {
      const told: AssignmentFacts = {}
      addTouched(told, one, untouchedAssignment, assignmentFactNames)
      if (one.here) told.here = { ...one.here, note: null }
      return told
    }),
  }
  addTouched(facts, order, untouchedOrder, orderFactNames)
  return facts
}

/** What people wrote about the order, as JSON; null when nothing. */
export function wordsOf({ note, assignments }: Order): string | null {
  const here = assignments.flatMap((one) => (one.here?.note ? [[one.id, one.here.note]] : []))
  if (note === null && here.length === 0) return null
  const words: Words = { ...(note !== null && { note }), ...(here.length > 0 && { here: Object.fromEntries(here) }) }
  return JSON.stringify(words)
}

/** A row is written at each change: null, false and empty lists are most of a young order, and say nothing. */
function addTouched<Facts extends object, Name extends keyof Facts>(
  told: Partial<Pick<Facts, Name>>,
  facts: Facts,
  untouched: Facts,
  names: readonly Name[],
): void {
  for (const name of names) {
    const value = facts[name]
    if (value !== untouched[name] && !(Array.isArray(value) && value.length === 0)) told[name] = value
  }
}

export function orderOf(row: OrderRow): Order {
  const facts = JSON.parse(row.facts) as OrderFacts
  const { [wordsNumber]: words = {}, ...said } = JSON.parse(row.said ?? '{}') as Record<number, SaidByProgress> & {
    [wordsNumber]?: Words
  }
  const customers = JSON.parse(row.customers ?? '[]') as [number, string, string | null, string | null][]
  return orderWith(untouchedOrder, {
    ...facts,
    locationId: row.location_id,
    id: row.id,
    seq: Number(row.seq),
    note: words.note ?? null,
    items: JSON.parse(row.items ?? '[]') as Item[],
    assignments: facts.assignments.map(({ here, ...one }) => {
      const id = one.id ?? untouchedAssignment.id
      const note = words.here?.[id] ?? null
      return assignmentWith(untouchedAssignment, {
        ...one,
        here: here ? { ...here, note } : null,
        said: said[id] ?? {},
      })
    }),
    customers: customers
      .sort(([one], [other]) => one - other)
      .map(([, id, name, phone]): Customer => ({ id, name, phone })),
  })
}
