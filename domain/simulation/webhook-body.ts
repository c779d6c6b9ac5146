/** What Stream posts, in its own names: only what its pages and one public receiver show. */

export type DriverBody = {
  source?: string
  name?: string
  phone?: { number: string; code?: string }
  picture_url?: string
  vehicle_info?: { make?: string; model?: string; color?: string; license_plate?: string; is_autonomous?: boolean }
  handoff_instructions?: string
  passcode?: string
}

export type ModifierBody = {
  provider_id: string
  name: string
  quantity: number
  price_amount: number
  price_currency: string
  modifiers: ModifierBody[]
}

/** Money is in cents. A markup line has no `provider_id`. */
export type LineBody = {
  provider_id?: string
  name: string
  quantity: number
  price_amount: number
  price_currency: string
  special_instructions?: string
  customer_id?: string
  modifiers: ModifierBody[]
}

export type CustomerBody = { id: string; name: string; phone: string; email?: string }

export type CreatedBody = {
  type: 'order.created'
  object: {
    idempotency_key: string
    fulfillment_type: string
    source: string
    brand: string
    dsp_order_id?: string
    source_order_id?: string
    dsp_order_number: string
    location_id: string
    customers?: CustomerBody[]
    customer_name?: string
    customer_phone?: string
    line_items: LineBody[]
    is_future_order: boolean
    special_instructions?: string
    /** Epoch milliseconds, like `requested_for`. */
    placed_at?: number
    requested_for?: number
    subtotal: number
    tax: number
    tax_withheld_by_dsp: number
  }
}

export type UpdatedBody = {
  type: 'order.updated'
  object: {
    location_id: string
    order_id: string
    status?: string
    delivery_status?: string
    driver_details?: DriverBody
  }
}

export type CanceledBody = { type: 'order.canceled'; object: { provider_id: string; location_id: string } }

export type WebhookBody = CreatedBody | UpdatedBody | CanceledBody

/** The same body for an order that the receiver calls `orderId`; `order.created` names no order yet. */
export function withOrderId(body: WebhookBody, orderId: string): WebhookBody {
  switch (body.type) {
    case 'order.created':
      return body
    case 'order.updated':
      return { ...body, object: { ...body.object, order_id: orderId } }
    case 'order.canceled':
      return { ...body, object: { ...body.object, provider_id: orderId } }
    default:
      return body satisfies never
  }
}

/** The same body with each time in it (epoch milliseconds) moved by `timeOf`. */
export function withTimes(body: WebhookBody, timeOf: (at: number) => number): WebhookBody {
  if (body.type !== 'order.created') return body
  const { placed_at, requested_for } = body.object
  return {
    ...body,
    object: {
      ...body.object,
      ...(placed_at === undefined ? {} : { placed_at: Math.round(timeOf(placed_at)) }),
      ...(requested_for === undefined ? {} : { requested_for: Math.round(timeOf(requested_for)) }),
    },
  }
}
