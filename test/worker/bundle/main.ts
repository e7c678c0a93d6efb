import { startIsolate } from 'virtual:isolate'

/** The isolate that answers `exports.default.fetch`, and that has the Durable Objects. */
export let served = startIsolate()

export let { worker, AskedTargets, HealthMonitor, Prober, VantagePoint, ZoneAdopter, ZoneLedger } = served
export { worker as default }

/** Starts it anew. */
export function restart(): void {
  served = startIsolate()
  ;({ worker, AskedTargets, HealthMonitor, Prober, VantagePoint, ZoneAdopter, ZoneLedger } = served)
}
