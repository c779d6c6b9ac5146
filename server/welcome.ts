/** What a person reads after the start: where the board is, where Stream posts, and how to try it. */
import type { Config } from './config.ts'
import { webhookPath } from './http.ts'
import type { Passline } from './index.ts'

/** Stream's own example, every detail of a driver. */
const example = {
  type: 'order.updated',
  object: {
    location_id: 'pos_location_456',
    order_id: 'pos_order_123',
    status: 'ready_for_pickup',
    delivery_status: 'arrived_at_pickup',
    driver_details: {
      source: 'doordash',
      name: 'John Driver',
      phone: { number: '+15555551234', code: '123' },
      vehicle_info: { make: 'Toyota', model: 'Camry', color: 'Silver', license_plate: 'ABC1234', is_autonomous: false },
      handoff_instructions: 'Meet driver at front entrance',
      passcode: '1234',
    },
  },
}

/**
 * The first credential comes into being here, and its secret is shown this once; so does the first manager, by a link
 * that is shown at every start until somebody has used one.
 */
export async function welcome(passline: Passline, config: Config, lanAddresses: readonly string[]): Promise<string> {
  const { credentials } = passline.store
  const { address } = passline
  const lines = [
    '',
    `Passline is up.`,
    '',
    `  Board      ${address}/board`,
    `  Manage     ${address}/manage`,
    `  Webhook    ${address}${webhookPath}`,
  ]
  for (const lan of config.publicUrl ? [] : lanAddresses) {
    lines.push(`             on other devices: ${address.split(':', 1)[0]}://${lan}:${passline.port}/board`)
  }
  const token = await firstToken(credentials, config.webhookToken)
  if (token) {
    lines.push(
      '',
      `  Token      ${token}`,
      '             shown this once: give it to Stream (more: npm run passline -- credential add --name Stream)',
    )
  }
  if (!config.isBoardOpen) {
    const link = await firstManager(passline, config)
    if (link) {
      lines.push('', '  Open this link to set up who manages, and the first screen (once, within 30 minutes):')
      lines.push(`    ${address}/set-up/${link}`)
    }
  }
  if (token) {
    lines.push('', '  Then see an order arrive:', '', `${curlLine(address, token)}`)
  }
  return `${lines.join('\n')}\n`
}

export function curlLine(address: string, token: string): string {
  return [
    `curl -X POST ${address}${webhookPath}`,
    `-H 'Authorization: Bearer ${token}'`,
    `-H 'Content-Type: application/json'`,
    `-d '${JSON.stringify(example)}'`,
  ].join(' ')
}

/** @returns the token of the first credential, if it was made now and nobody chose it */
async function firstToken(
  credentials: Passline['store']['credentials'],
  chosen: string | null,
): Promise<string | null> {
  if (chosen) {
    const isThere = () => credentials.isTaken(chosen)
    if (!(await isThere())) await firstOf(() => credentials.add('PASSLINE_WEBHOOK_TOKEN', [], chosen), isThere)
    return null
  }
  if ((await credentials.list()).length > 0) return null
  return (await credentials.add('First', [])).token
}

/** @returns what makes a link by which somebody becomes the first manager, while there is none; the one before it ends */
async function firstManager({ store, accounts }: Passline, { firstManager }: Config): Promise<string | null> {
  if (await store.managers.exist()) return null
  if (!firstManager) return accounts.setUpLink()
  const { email, password } = firstManager
  await firstOf(async () => {
    await accounts.create({ email, name: email, role: 'owner', locations: [] }, password)
    await store.audit.note({ by: 'settings', action: 'set up', about: { email } })
  }, store.managers.exist)
  return null
}

/** Makes what another server may be making at this moment, too. @throws when it failed and is not there */
async function firstOf(make: () => Promise<unknown>, isThere: () => Promise<boolean>): Promise<void> {
  try {
    await make()
  } catch (error) {
    if (!(await isThere())) throw error
  }
}
