import { send } from './send.ts'

/** What `GET /api/metrics` says. */
export async function metricsOf({ url }: { url: string }): Promise<string> {
  return (await send(url, { method: 'GET', path: '/api/metrics' })).text
}

/** The value of a series in Prometheus' text; 0 when it was never counted. */
export function figureOf(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1) ?? 0)
}
