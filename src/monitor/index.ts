export type { Told } from './fresh-health.ts'
export { Monitor, type View } from './monitor.ts'
