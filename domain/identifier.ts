/**
 * A number, code, plate or phone, to be read aloud and compared: without the marks that turn the direction of text, which
 * nobody sees or types, and which would show it in another order than it is.
 */
export function identifierOf(text: string): string {
  return text.replace(/\p{Bidi_Control}/gu, '').trim()
}
