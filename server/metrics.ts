/** What a monitoring system can read of this process: Prometheus' text, all names beginning with `passline_`. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Seconds; commits and publishing take between half a millisecond and, on a bad day, seconds. */
const secondBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'passline_' })

  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })

  return {
    updates: new Counter({
      name: 'passline_updates_total',
      help: 'Webhooks stored, by what became of them: changed, repeated, late or ignored',
      labelNames: ['outcome'] as const,
      registers,
    }),
    refusals: new Counter({
      name: 'passline_refusals_total',
      help: 'Webhooks refused, by the code of the error',
      labelNames: ['reason'] as const,
      registers,
    }),
    notStored: new Counter({
      name: 'passline_not_stored_total',
      help: 'Updates and actions answered 503, by why they were not stored',
      labelNames: ['reason'] as const,
      registers,
    }),
    signIns: new Counter({
      name: 'passline_sign_ins_total',
      help: 'Sign-ins of managers, each step of them: done, failed, or refused after too many that failed',
      labelNames: ['outcome'] as const,
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'passline_commit_seconds',
      help: 'Time of a transaction, from its first statement until it is on disk',
      buckets: secondBuckets,
      registers,
    }),
    batchSize: new Histogram({
      name: 'passline_batch_size',
      help: 'Updates in a committed batch',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    publishSeconds: new Histogram({
      name: 'passline_webhook_to_publish_seconds',
      help: 'From the receipt of an update until it is handed to the screens',
      buckets: secondBuckets,
      registers,
    }),
    paintSeconds: new Histogram({
      name: 'passline_webhook_to_paint_seconds',
      help: 'From the receipt of an update until a screen has painted it',
      buckets: secondBuckets,
      registers,
    }),
    divergences: new Counter({
      name: 'passline_screen_divergence_total',
      help: 'Screens that held another board than ours at the same place',
      registers,
    }),
    slowScreens: new Counter({
      name: 'passline_slow_screens_total',
      help: 'Screens that were let go because they did not read what they were sent',
      registers,
    }),
    alarms: new Counter({
      name: 'passline_alarms_total',
      help: 'Alarms that left the building, by kind and whether they begun or ended',
      labelNames: ['kind', 'state'] as const,
      registers,
    }),
    ordersForgotten: new Counter({
      name: 'passline_orders_forgotten_total',
      help: 'Orders whose people were forgotten',
      registers,
    }),
    rowsRemoved: new Counter({
      name: 'passline_rows_removed_total',
      help: 'Rows removed because they were older than facts are kept',
      registers,
    }),
    lagSeconds: new Histogram({
      name: 'passline_event_loop_lag_seconds',
      help: 'How much later than planned the event loop came round',
      buckets: secondBuckets,
      registers,
    }),
    /** A figure that is read when somebody asks. */
    gauge,
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
