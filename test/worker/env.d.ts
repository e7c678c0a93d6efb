declare namespace Cloudflare {
  interface Env {
    ADOPTER: DurableObjectNamespace<import('../../src/worker.ts').ZoneAdopter>
    GSLB: KVNamespace
    ASKED: DurableObjectNamespace<import('../../src/worker.ts').AskedTargets>
    LEDGER: DurableObjectNamespace<import('../../src/worker.ts').ZoneLedger>
    MONITOR: DurableObjectNamespace<import('../../src/worker.ts').HealthMonitor>
    REFRESH_SECONDS: string
    VANTAGE: DurableObjectNamespace<import('../../src/worker.ts').VantagePoint>
  }
  interface GlobalProps {
    mainModule: typeof import('../../src/worker.ts')
  }
}
