/** An order as rows: its facts in one, its people in others. */
import type { SaidByProgress } from '#domain/driver.ts'
import type { Assignment, Order } from '#domain/order.ts'
import type { Customer } from '#domain/order-update.ts'

type AssignmentFacts = Omit<Assignment, 'said'>
type OrderFacts = Omit<Order, 'customers' | 'assignments' | 'seq' | 'locationId' | 'id'> & {
  assignments: AssignmentFacts[]
}

/** An order's row, and its people's rows as JSON: `{number: said}` and a list of customers. */
export type OrderRow = {
  location_id: string
  id: string
  seq: number | bigint
  facts: string
  said: string | null
  customers: string | null
}

/** Columns of an OrderRow, for a query over `orders o`. Their people come along, so that reading is one statement. */
export const orderColumns = `o.location_id, o.id, o.seq, o.facts,
  (SELECT json_group_object(a.number, json(a.said)) FROM assignments a
    WHERE a.location_id = o.location_id AND a.order_id = o.id) AS said,
  (SELECT json_group_array(json_array(c.position, c.id, c.name, c.phone)) FROM customers c
    WHERE c.location_id = o.location_id AND c.order_id = o.id) AS customers`

export function factsOf(order: Order): OrderFacts {
  const { locationId: _location, id: _id, seq: _seq, customers: _customers, assignments, ...facts } = order
  return { ...facts, assignments: assignments.map(({ said: _said, ...rest }) => rest) }
}

export function orderOf(row: OrderRow): Order {
  const facts = JSON.parse(row.facts) as OrderFacts
  const said = JSON.parse(row.said ?? '{}') as Record<string, SaidByProgress>
  const customers = JSON.parse(row.customers ?? '[]') as [number, string, string | null, string | null][]
  return {
    ...facts,
    locationId: row.location_id,
    id: row.id,
    seq: Number(row.seq),
    assignments: facts.assignments.map((one) => ({ ...one, said: said[one.id] ?? {} })),
    customers: customers
      .sort(([one], [other]) => one - other)
      .map(([, id, name, phone]): Customer => ({ id, name, phone })),
  }
}
