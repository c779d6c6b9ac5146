/** Asks our server for something to be done. */

export type Asked =
  | { done: true; result: Record<string, unknown> }
  /** `code`: the error's; `offline` when nothing answered. `reason`: what is wrong with the first thing that is. */
  | { done: false; code: string; message: string; reason: string | null }

/** @param path below /api */
export async function ask(path: string, body: object = {}): Promise<Asked> {
  try {
    const response = await fetch(`/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if (response.ok) return { done: true, result: answer }
    const { code, message, issues } = answer.error as { code: string; message: string; issues: { message: string }[] }
    return { done: false, code, message, reason: issues[0]?.message ?? null }
  } catch {
    return { done: false, code: 'offline', message: '', reason: null }
  }
}
