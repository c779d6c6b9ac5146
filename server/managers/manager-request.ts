/** A manager's request, or of who wants to be one, as far as it matters here. */
export type ManagerRequest = {
  requestId: string
  cookie: string | undefined
  userAgent: string | undefined
  address: string
  body: () => Promise<unknown>
}
