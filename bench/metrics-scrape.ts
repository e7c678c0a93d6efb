import { formatVantage, Health, type ProbeCondition, type TargetState } from '../src/health/index.ts'
import { exposition, type MetricsInput, metricsOf, TargetLabels } from '../src/metrics/index.ts'
import { sealVantage } from '../src/store/index.ts'
import { viewSealed } from '../src/store/sealed-vantage.ts'
import { compileZone } from '../src/zone/index.ts'

// Writes the metrics of 5,000 targets, each time from a new health document, and prints the CPU time of the first
// scrape and that of the cheapest in milliseconds, and the octets for each target.

const TARGETS = 5000
const A_POOL = 10
const SCRAPES = 15
const NOW = 1_796_000_000_000

const compiled = compileZone({
  origin: 'example.com',
  ttl: 60,
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  checks: { web: { kind: 'tcp', port: 443 } },
  records: Object.fromEntries(
    Array.from({ length: TARGETS / A_POOL }, (_, i) => [
      `www${i}`,
      { A: { kind: 'pool', check: 'web', members: Array.from({ length: A_POOL }, (_, j) => address(i * A_POOL + j)) } },
    ]),
  ),
})
if (!compiled.ok) throw new Error(JSON.stringify(compiled.error[0]))
const { conditions, pools, serial } = compiled.value.zone
const sealed = await sealVantage(documentOf(conditions))
async function healthNow(): Promise<Health> {
  const view = await viewSealed(sealed)
  if (!view.ok) throw new Error(view.error)
  return new Health([view.value], [], NOW, 'workerd')
}
const input: Omit<MetricsInput, 'health'> = {
  version: '0.0.0',
  deployment: { platform: 'workerd', defaultVantages: ['cron'], vantages: ['cron', 'push'] },
  conditions,
  pools: new Map([['example.com', pools]]),
  guards: new Map(),
  zones: new Map([['example.com', { serial, since: NOW }]]),
  refused: [],
  askedFull: [],
  isComplete: true,
  settingProblems: 0,
  apiWrites: new Map(),
}
const labels = new TargetLabels()
const times: number[] = []
let octets = 0
for (let i = 0; i < SCRAPES; i++) {
  const health = await healthNow()
  const before = process.cpuUsage()
  const text = exposition(metricsOf({ ...input, health }, labels), 'prometheus')
  const { user, system } = process.cpuUsage(before)
  times.push((user + system) / 1000)
  octets = Buffer.byteLength(text) / TARGETS
}
console.log(JSON.stringify({ first: times[0], ms: Math.min(...times), octets }))

/** Addresses of a network of 10.0.0.0/8. */
function address(n: number): string {
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
}

function documentOf(all: readonly ProbeCondition[]): string {
  const seconds = NOW / 1000
  const targets = all.map(({ probe }, i): [string, TargetState] => [
    probe.id,
    {
      ...{ state: i % 10 === 0 ? 'down' : 'up', since: seconds - i, at: seconds - 30, ms: 1 + (i % 900), count: 0 },
      ...{ why: '', changes: i % 7 },
    },
  ])
  return formatVantage({ name: 'cron', at: NOW - 30_000, targets: new Map(targets) })
}
