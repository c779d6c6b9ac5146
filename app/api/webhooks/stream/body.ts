/** The same limit as the fast lane's: what is beyond it is not kept. */
const maximumBodyBytes = 1024 * 1024

export async function bodyOf(request: Request): Promise<Buffer | 'too-large'> {
  const parts: Uint8Array[] = []
  let bytes = 0
  if (request.body) {
    for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += part.length
      if (bytes > maximumBodyBytes) return 'too-large'
      parts.push(part)
    }
  }
  return Buffer.concat(parts)
}
