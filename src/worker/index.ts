export { AskedTargets, HealthMonitor, Prober, VantagePoint, ZoneAdopter, ZoneLedger } from './entrypoints.ts'
export type { Env } from './env.ts'
export { isolateSettings, snapshotFor } from './isolate.ts'
export { admit, answerApi, answerPage, respond, tellAsked, tick, traceFor } from './lazy.ts'
