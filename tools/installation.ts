import { readFileSync, writeFileSync } from 'node:fs'
import { limitsOf } from '../src/store/plan-limits.ts'
import type { Plan } from '../src/store/plans.ts'

/**
 * Counts what an installation does in a day, and what that costs in a month. The tables of docs/scale.md and
 * docs/cost.md are made of it: `node tools/installation.ts` writes them. test/unit/installation.test.ts counts the same
 * operations with the code itself, on a KV in memory.
 */
export type Installation = {
  readonly name: string
  readonly plan: Plan
  readonly zones: number
  /** Targets of checks, probed by the cron. */
  readonly targets: number
  /** Queries a second, on average over the day. */
  readonly queries: number
  /** Isolates that have queries all day, in all locations together. */
  readonly isolates: number
  /** Zones that a new isolate is asked for, and how often an isolate is replaced in a day. */
  readonly zonesAsked: number
  readonly restarts: number
  /** Publishes a day, each of so many changed zones. */
  readonly publishes: number
  readonly changedZones: number
  readonly refreshSeconds: number
  /** Regions that probe, each a Durable Object with an alarm every so many seconds. */
  readonly regions: number
  readonly alarmSeconds: number
}

/** Operations a day, as they are billed: a read of several keys counts once for each. */
export type Operations = {
  readonly requests: number
  readonly reads: number
  readonly writes: number
  readonly lists: number
  readonly objectRequests: number
  readonly objectGbSeconds: number
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly cpuMs: number
}

const DAY_SECONDS = 86_400
const TICKS = 1440
const OVERRIDES_LOOKS = 288
const LIST_KEYS = 1000
const HEALTH_WRITES = 288
/** The default of KV_WRITES_PER_DAY. */
const HEALTH_BUDGET = 900
/** An assumption: KV, the runtime and the engine together. Rows of `npm run bench` compare it with a bare Worker. */
const CPU_MS_A_QUERY = 0.2

/** The health documents of the cron and of pushes, those of regions, and the overrides. */
export const healthKeys = (regions: number): number => 2 + regions + 1

/** Keys that an isolate with pools reads in a refresh interval. */
export const readsARefresh = ({ targets, regions }: Pick<Installation, 'targets' | 'regions'>): number =>
  1 + (targets > 0 ? healthKeys(regions) : 0)

/** Keys of small zones that nobody changed, which a look of the cron reads after it listed all keys. */
export function readsAfterList(zones: number, hasChecks: boolean, plan: Plan): number {
  const { verifiedALook, copiesALook } = limitsOf(plan, HEALTH_BUDGET)
  return 1 + Math.min(zones, verifiedALook) + Math.min(zones, copiesALook) * (hasChecks ? 2 : 1)
}

/** The most keys of small zones that a look of the cron reads, with a list or without. */
export function readsALook(zones: number, plan: Plan): number {
  const { keysALook, verifiedALook, copiesALook } = limitsOf(plan, HEALTH_BUDGET)
  return 1 + Math.min(zones, keysALook + verifiedALook) + Math.min(zones, copiesALook) * 2
}

/** The most lists of the cron in a day. */
const listsOfCron = (zones: number, plan: Plan): number =>
  Math.min(limitsOf(plan, HEALTH_BUDGET).lists.perDay, TICKS * pagesOf(zones))

/** Keys that a tick reads to know all checks: the catalog, and in a new isolate those of each zone that has any. */
export const readsATick = (checkedZones: number, isNew: boolean): number => 1 + (isNew ? checkedZones : 0)

/** Keys that the object which watches states reads each minute: the list of zones, and health. It keeps the checks. */
export const readsAWatch = (regions: number): number => 1 + healthKeys(regions)

/** Rows of the storage of Durable Objects. */
type Rows = { readonly read: number; readonly written: number }

/**
 * Rows that the objects which the cron calls read and write in a minute, when nothing changes: new objects, since the
 * platform evicts those that nobody asks for some seconds. The states that were last seen are read besides.
 */
export const ROWS_A_MINUTE: Rows = { read: 35, written: 3 }

/** States that the object which watches them keeps: of targets, of pools of two targets or more, and of zones. */
const statesOf = ({ zones, targets }: Installation): number => zones + targets * 1.5

/**
 * Rows of a sample of latencies, at most: one each five minutes for each vantage point. The numbers of the targets are
 * read besides.
 */
export const ROWS_A_SAMPLE: Rows = { read: 7, written: 6 }
const SAMPLES = 288

/** Rows of an alarm of a region: what it is, and the next alarm. */
const ROWS_AN_ALARM: Rows = { read: 2, written: 1 }

/** Rows that the cron writes in a region each minute. */
const ROWS_A_WAKING = 2

/** Rows of a document of states that a region writes to KV, at most: it keeps the document, and what stands beside it. */
const ROWS_A_DOCUMENT = 4

function rowsOf(one: Installation): Rows {
  const { regions, targets, alarmSeconds } = one
  const samples = targets > 0 ? SAMPLES * Math.max(1, regions) : 0
  const alarms = regions * (DAY_SECONDS / alarmSeconds)
  return {
    read:
      TICKS * (ROWS_A_MINUTE.read + statesOf(one)) +
      samples * (ROWS_A_SAMPLE.read + targets) +
      alarms * ROWS_AN_ALARM.read,
    written:
      TICKS * (ROWS_A_MINUTE.written + regions * ROWS_A_WAKING) +
      samples * ROWS_A_SAMPLE.written +
      alarms * ROWS_AN_ALARM.written +
      regions * HEALTH_WRITES * ROWS_A_DOCUMENT,
  }
}

/** Lists of all keys of a kind that is there once for each zone. */
export const pagesOf = (zones: number): number => Math.max(1, Math.ceil(zones / LIST_KEYS))

/** Keys that a publish of small zones reads: the catalog, and the documents of the zones that it is given. */
export const readsAPublish = (zones: number): number => 1 + zones

/** A publish lists the keys of documents and of their pieces, of heads and of parts, a thousand at a time. */
export const LISTS_A_PUBLISH = 5

/** Writes of a publish: for each changed zone the document and the compiled zone, with its checks; then the catalog. */
export const writesAPublish = (changed: number, hasChecks: boolean): number => changed * (hasChecks ? 3 : 2) + 1

/** The cron reads the overrides twice every five minutes, to keep a copy of those that are valid. */
const OVERRIDES_READS = 2

export function operationsOf(one: Installation): Operations {
  const { regions } = one
  const hasChecks = one.targets > 0
  const refreshes = DAY_SECONDS / one.refreshSeconds
  const isolateReads = one.isolates * (refreshes * readsARefresh(one) + (1 + one.restarts) * one.zonesAsked)
  const lookReads = TICKS * readsALook(one.zones, one.plan) + OVERRIDES_LOOKS * OVERRIDES_READS
  // A tick reads the cron's own document, too. Each may run in a new isolate, which has no checks yet.
  const tickReads = TICKS * (readsATick(Math.min(one.zones, one.targets), true) + (hasChecks ? 1 : 0))
  const requests = one.queries * DAY_SECONDS
  const rows = rowsOf(one)
  return {
    requests: requests + TICKS,
    reads:
      isolateReads + lookReads + tickReads + TICKS * readsAWatch(regions) + one.publishes * readsAPublish(one.zones),
    writes:
      (hasChecks ? HEALTH_WRITES * Math.max(1, regions) : 0) +
      one.publishes * writesAPublish(one.changedZones, hasChecks),
    lists: listsOfCron(one.zones, one.plan) + one.publishes * LISTS_A_PUBLISH * pagesOf(one.zones),
    // The cron calls the object that adopts documents, and the one that watches states, at each tick.
    objectRequests: 2 * TICKS + regions * (TICKS + DAY_SECONDS / one.alarmSeconds),
    objectGbSeconds: regions * DAY_SECONDS * 0.128,
    rowsRead: rows.read,
    rowsWritten: rows.written,
    cpuMs: requests * CPU_MS_A_QUERY,
  }
}

/** The allowance of the free plan in a day. Allowances and prices are those of docs/operations.md, November 2026. */
export const FREE: Partial<Operations> = {
  requests: 100_000,
  reads: 100_000,
  writes: 1000,
  lists: 1000,
  objectRequests: 100_000,
  objectGbSeconds: 13_000,
  rowsRead: 5_000_000,
  rowsWritten: 100_000,
}

/** The allowance of the paid plan in a month, and the price of a million more, in dollars. */
export const PAID: { readonly [Name in keyof Operations]: readonly [included: number, dollars: number] } = {
  requests: [10e6, 0.3],
  reads: [10e6, 0.5],
  writes: [1e6, 5],
  lists: [1e6, 5],
  objectRequests: [1e6, 0.15],
  objectGbSeconds: [400_000, 12.5],
  rowsRead: [25e9, 0.001],
  rowsWritten: [50e6, 1],
  cpuMs: [30e6, 0.02],
}
const PLAN_DOLLARS = 5
const MONTH_DAYS = 30

/** The quotas of the free plan that are passed, the furthest first, each with how many times over. */
export function overFree(operations: Operations): [keyof Operations, number][] {
  return namesOf(FREE)
    .map((name): [keyof Operations, number] => [name, operations[name] / (FREE[name] as number)])
    .filter(([, times]) => times > 1)
    .sort(([, a], [, b]) => b - a)
}

/** Dollars of a month on the paid plan, by item. */
export function dollarsOf(operations: Operations): Record<keyof Operations, number> & { total: number } {
  const items = namesOf(PAID).map((name) => {
    const [included, dollars] = PAID[name]
    return [name, (Math.max(0, operations[name] * MONTH_DAYS - included) * dollars) / 1e6] as const
  })
  const total = items.reduce((sum, [, dollars]) => sum + dollars, PLAN_DOLLARS)
  return { ...(Object.fromEntries(items) as Record<keyof Operations, number>), total }
}

const namesOf = <T extends object>(value: T): (keyof Operations)[] => Object.keys(value) as (keyof Operations)[]

const SMALL: Installation = {
  ...{
    name: 'a small site',
    plan: 'free',
    zones: 5,
    targets: 10,
    queries: 0.5,
    isolates: 5,
    zonesAsked: 2,
    restarts: 12,
  },
  ...{ publishes: 5, changedZones: 1, refreshSeconds: 30, regions: 0, alarmSeconds: 60 },
}
const FIRM: Installation = {
  ...SMALL,
  ...{
    name: 'a firm',
    plan: 'paid',
    zones: 200,
    targets: 500,
    queries: 50,
    isolates: 200,
    zonesAsked: 20,
    publishes: 20,
  },
}
const REGIONS: Installation = { ...FIRM, name: 'the same, 3 regions', regions: 3, alarmSeconds: 10 }
const LARGE: Installation = {
  ...SMALL,
  ...{
    name: 'a provider',
    plan: 'paid',
    zones: 10_000,
    targets: 100_000,
    queries: 1_000_000,
    isolates: 20_000,
    zonesAsked: 500,
  },
  ...{ publishes: 100, changedZones: 20 },
}

/** The installations of docs/cost.md; the last is that of docs/scale.md. */
export const INSTALLATIONS: readonly Installation[] = [
  { ...SMALL, name: 'a small site, refresh 60 s', refreshSeconds: 60 },
  SMALL,
  FIRM,
  REGIONS,
  LARGE,
]

const LABELS: Record<keyof Operations, string> = {
  requests: 'requests',
  reads: 'KV reads',
  writes: 'KV writes',
  lists: 'KV lists',
  objectRequests: 'Durable Object requests',
  objectGbSeconds: 'Durable Object GB-s',
  rowsRead: 'rows read',
  rowsWritten: 'rows written',
  cpuMs: 'CPU, ms',
}

const number = (value: number): string => Math.round(value).toLocaleString('en')
const dollars = (value: number): string => `$${value < 10 ? value.toFixed(2) : number(value)}`
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

/** The tables of the pages, by their names. */
export function tables(): ReadonlyMap<string, string> {
  const names = namesOf(LABELS)
  const inputs = table(
    ['', 'zones', 'targets', 'queries a second', 'isolates', 'publishes a day × zones', 'refresh', 'regions'],
    INSTALLATIONS.map((one) => [
      ...[one.name, number(one.zones), number(one.targets), one.queries.toLocaleString('en'), number(one.isolates)],
      ...[`${one.publishes} × ${one.changedZones}`, `${one.refreshSeconds} s`, one.regions],
    ]),
  )
  const counts = table(
    ['a day', ...names.map((name) => LABELS[name]), 'of the free plan'],
    INSTALLATIONS.map((one) => {
      const operations = operationsOf(one)
      const [first] = overFree(operations)
      const verdict = first ? `${number(first[1] * 100)} % of ${LABELS[first[0]]}` : 'below all quotas'
      return [one.name, ...names.map((name) => number(operations[name])), verdict]
    }),
  )
  const prices = table(
    ['a month, paid plan', ...names.map((name) => LABELS[name]), 'with the plan'],
    INSTALLATIONS.map((one) => {
      const cost = dollarsOf(operationsOf(one))
      return [one.name, ...names.map((name) => dollars(cost[name])), dollars(cost.total)]
    }),
  )
  const large = operationsOf(LARGE)
  const scale = table(
    ['a day', 'count', 'free plan', 'times over', 'a month, paid plan'],
    names.map((name) => {
      const quota = FREE[name]
      const times =
        quota === undefined ? '' : `${(large[name] / quota).toLocaleString('en', { maximumFractionDigits: 1 })}`
      return [
        LABELS[name],
        number(large[name]),
        quota === undefined ? '' : number(quota),
        times,
        dollars(dollarsOf(large)[name]),
      ]
    }),
  )
  return new Map([
    ['inputs', inputs],
    ['counts', counts],
    ['prices', prices],
    ['scale', scale],
  ])
}

/** Returns a page with its tables made anew: each stands between `<!-- table NAME -->` and `<!-- end -->`. */
export const withTables = (page: string): string =>
  page.replace(/<!-- table (\w+) -->[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const made = tables().get(name)
    if (made === undefined) throw new Error(`there is no table "${name}"`)
    return `<!-- table ${name} -->\n${made}\n<!-- end -->`
  })

export const PAGES = ['docs/scale.md', 'docs/cost.md']

if (import.meta.main) for (const page of PAGES) writeFileSync(page, withTables(readFileSync(page, 'utf8')))
