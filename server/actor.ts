/** Who asks for something to be done, and what is theirs. */
import type { Manager } from './store/managers.ts'

/** `operator`: who may use the command line beside the database may do all. */
export type Actor = { kind: 'operator' } | { kind: 'manager'; manager: Manager }

export const operator: Actor = { kind: 'operator' }

/** As the audit names them. */
export function nameOf(actor: Actor): string {
  return actor.kind === 'operator' ? 'command line' : actor.manager.email
}

export function isOwner(actor: Actor): boolean {
  return actor.kind === 'operator' || actor.manager.role === 'owner'
}

/** Whether all of these locations are theirs; `every`: those included that do not exist yet. What has none is nobody's. */
export function mayManage(actor: Actor, locations: readonly string[] | 'every'): boolean {
  if (isOwner(actor) || actor.kind === 'operator') return true
  if (locations === 'every' || locations.length === 0) return false
  return locations.every((id) => actor.manager.locations.includes(id))
}
