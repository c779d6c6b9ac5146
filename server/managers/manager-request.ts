/** A manager's request, or of who wants to be one, as far as it matters here. */
export type ManagerRequest = {
  requestId: string
  cookie: string | undefined
  userAgent: string | undefined
  address: string
  /** The JSON of a small body that says it is JSON, as no form of another page can; else undefined. */
  body: () => Promise<unknown>
}
