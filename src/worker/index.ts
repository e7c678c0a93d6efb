export { AskedTargets, Prober, VantagePoint } from './entrypoints.ts'
export { isolateSettings, snapshotFor } from './isolate.ts'
export { loadControl, tellAsked, tick } from './lazy.ts'
export type { Env, Settings } from './settings.ts'
