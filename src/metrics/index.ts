export { CONTENT_TYPE, exposition, type Family, type Form } from './exposition.ts'
export type { Forwarding, MetricsInput, Notifications } from './input.ts'
export { metricsOf } from './metrics.ts'
export { type QueryPoint, queryPointOf } from './query-point.ts'
