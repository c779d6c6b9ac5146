/** Made-up people, every word of theirs found nowhere else; and a server whose clock goes when it is told to. */
import { testServer } from './test-server.ts'
import { created } from './webhooks.ts'

/** A server whose clock stands until it is moved; then time does its part at once. */
export async function serverWithClock(settings: Record<string, string> = {}) {
  let at = Date.UTC(2026, 3, 5, 12, 0, 0, 137)
  const server = await testServer({ now: () => at, settings })
  return {
    server,
    now: () => at,
    /** Lets hours pass; then boards are swept, and what is due is forgotten. */
    pass: async (hours: number) => {
      at += hours * 3_600_000
      await server.passline.sweeper.sweepAll()
      await server.passline.forgetting.forgetAll()
    },
    order: (id: string) => server.passline.store.boards.order('north', id),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** A driver, with a value in every field; `values` are those that belong to a person. */
export function driverOf(tag: string) {
  const driver_details = {
    source: 'uber',
    name: `Zaphod ${tag}`,
    phone: { number: `+1555${tag}`, code: `code-${tag}` },
    picture_url: `https://pictures.example/${tag}.jpg`,
    vehicle_info: {
      make: 'Kia',
      model: `model-${tag}`,
      color: 'blue',
      license_plate: `PLATE-${tag}`,
      is_autonomous: false,
    },
    handoff_instructions: `ask for ${tag}`,
    passcode: `pass-${tag}`,
  }
  const { name, phone, picture_url, vehicle_info, handoff_instructions, passcode } = driver_details
  const values = [name, phone.number, phone.code, picture_url, vehicle_info.model, vehicle_info.license_plate]
  return { driver_details, values: [...values, handoff_instructions, passcode] }
}

/** An `order.created` of two guests, who wrote notes. */
export function guestsOrder(key: string, tag: string, more: Record<string, unknown> = {}) {
  const body = created('north', key, {
    special_instructions: `ring at ${tag}`,
    customers: [
      { id: `guest-${tag}`, name: `Trillian ${tag}`, phone: `+4477${tag}` },
      { id: `other-${tag}`, name: `Arthur ${tag}`, phone: `+4488${tag}` },
    ],
    line_items: [
      {
        provider_id: 'soup',
        name: 'Soup',
        quantity: 1,
        special_instructions: `no nuts for ${tag}`,
        customer_id: `guest-${tag}`,
      },
    ],
    ...more,
  })
  const values = ['ring at', 'Trillian', 'Arthur', 'no nuts for'].map((word) => `${word} ${tag}`)
  return { body, values: [...values, `guest-${tag}`, `other-${tag}`, `+4477${tag}`, `+4488${tag}`] }
}
