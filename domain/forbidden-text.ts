/** What no database keeps whole, and is therefore refused at the door. */

/** What is wrong with a message, and where. */
export type Issue = { path: string; message: string }

const maximumDepth = 64

/**
 * Whether a JSON text can hold nothing that `forbiddenText` looks for: NUL and surrogates can only come as escapes
 * (the text being valid UTF-8), and what opens few brackets cannot be nested deep. Most updates are plain.
 */
export function isPlainText(text: string): boolean {
  if (text.includes('\\u')) return false
  let opened = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      opened += 1
      if (opened > maximumDepth) return false
    }
  }
  return true
}

/**
 * Refuses what the databases could not keep whole: NUL and lone surrogates, in keys and in texts,
 * and nesting over 64. Walks with a list of its own, so that no nesting can overflow the stack.
 */
export function forbiddenText(json: unknown): Issue | null {
  const waiting: { value: unknown; path: string; depth: number }[] = [{ value: json, path: '', depth: 1 }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, path, depth } = next
    if (typeof value === 'string') {
      const problem = textProblem(value)
      if (problem) return { path, message: problem }
    } else if (typeof value === 'object' && value !== null) {
      if (depth > maximumDepth) return { path, message: `nested deeper than ${maximumDepth}` }
      for (const [key, inner] of Object.entries(value)) {
        const problem = textProblem(key)
        if (problem) return { path, message: `a name in it: ${problem}` }
        waiting.push({ value: inner, path: path === '' ? key : `${path}.${key}`, depth: depth + 1 })
      }
    }
  }
  return null
}

function textProblem(text: string): string | null {
  if (text.includes('\u0000')) return 'holds the character NUL'
  return /\p{Cs}/u.test(text) ? 'holds half of a surrogate pair' : null
}
