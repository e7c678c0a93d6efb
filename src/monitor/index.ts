export type { Told } from './fresh-health.ts'
export { type Looked, Monitor, type MonitorOptions, type View } from './monitor.ts'
