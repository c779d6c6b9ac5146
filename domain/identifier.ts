/**
 * A number, code, plate or phone, to be read aloud and compared: without what nobody sees or types, such as the marks that
 * turn the direction of text, which would show it in another order than it is.
 */
export function identifierOf(text: string): string {
  return text.replace(/\p{Bidi_Control}|\p{Default_Ignorable_Code_Point}/gu, '').trim()
}
