import { setTimeout as sleep } from 'node:timers/promises'
import type { UnresolvedAlias } from '../../aliases/index.ts'
import type { HealthReport } from '../../health/index.ts'
import type { ReceiverReport } from '../../notify/index.ts'
import type { PoolStatus } from '../../policy/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { PublishedZone } from '../../store/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { ask, errorOf, isExposed, type Reply } from '../http-client.ts'
import type { Paint } from '../paint.ts'
import { statusText } from './text.ts'
import { zoneStatuses } from './zones.ts'

/** The answer of `GET /api/v1/health`. */
export type StatusReport = Omit<HealthReport, 'askedFull' | 'guards'> & {
  /** Missing from an older Worker, as are `guards`, `zones` and `pools`. */
  readonly guards?: HealthReport['guards']
  readonly askedFull?: HealthReport['askedFull']
  readonly zones?: readonly PublishedZone[]
  readonly pools?: readonly PoolStatus[]
  /**
   * Signed zones with warnings about their keys. `isBroken`: who validates gets no answer. Missing from an older
   * Worker.
   */
  readonly dnssec?: readonly {
    readonly zone: string
    readonly isBroken: boolean
    readonly warnings: readonly string[]
  }[]
  /** True if every published zone could be read. */
  readonly complete: boolean
  /** Problems of the Worker's settings. */
  readonly problems: readonly string[]
  /** Keys in KV whose current value is not served. `origin` is "catalog" for the catalog. */
  readonly refused: readonly RefusedReport[]
  /** Targets of ALIAS records that cannot be resolved. Missing from an older Worker. */
  readonly aliases?: readonly UnresolvedAlias[]
  /** Receivers of notifications that could not be told. Missing from an older Worker. */
  readonly notifications?: readonly ReceiverReport[]
}

export type RefusedReport = { readonly origin: string; readonly why: string; readonly since: string }

type StatusOptions = {
  readonly url: URL
  readonly key: string
  readonly json: boolean
  readonly watch: boolean
  /** True if `--watch` clears the screen for each page, as on a terminal. */
  readonly pages: boolean
  readonly all: boolean
  /** True if the published zones are shown, with what they cost. */
  readonly costs: boolean
}

const WATCH_MS = 2000

/** `edge-gslb status`: shows health, and sets the exit status by it. */
export async function statusCommand(
  options: StatusOptions,
  stopped: AbortSignal,
  console: Console,
  paint: Paint,
): Promise<ExitStatus> {
  const { url, json, watch, pages, all, costs } = options
  if (isExposed(url)) console.err('warning: without https, anybody on the network path can read the API key')
  let status: ExitStatus
  do {
    const report = await readStatus(options, stopped)
    if (stopped.aborted) return EXIT.OK
    status = report.ok ? verdict(report.value) : EXIT.UNASKED
    const page = watch && pages && !json ? CLEAR : ''
    if (!report.ok) console.err(`${page}error: ${report.error}`)
    else if (json) console.out(JSON.stringify(withCosts(report.value), null, watch ? 0 : 2))
    else console.out(page + statusText(report.value, { all, costs, paint }).join('\n'))
  } while (watch && (await again(stopped)))
  return watch ? EXIT.OK : status
}

const withCosts = (report: StatusReport) => ({ ...report, ...(report.zones && { zones: zoneStatuses(report) }) })

const CLEAR = '\x1b[H\x1b[2J\x1b[3J'

const again = (stopped: AbortSignal): Promise<boolean> =>
  sleep(WATCH_MS, undefined, { signal: stopped }).then(
    () => true,
    () => false,
  )

/**
 * Returns DOWN for a target that is down; else DOUBT for a refused key, a stale state, a silent vantage point, a guard
 * that holds states, a target of an ALIAS that cannot be resolved, a signed zone that does not validate, or a receiver
 * of notifications that cannot be told.
 */
export function verdict(report: StatusReport): ExitStatus {
  const { targets, refused, guards = [], aliases = [], dnssec = [], notifications = [] } = report
  if (targets.some(({ state }) => state === 'down')) return EXIT.DOWN
  const isSilent = targets.some(({ stale, reports }) => stale || reports.some(({ silent }) => silent))
  const isHeld = guards.some(({ holding }) => holding)
  const isBroken = dnssec.some((zone) => zone.isBroken)
  const isRefused = refused.length + aliases.length + notifications.length > 0
  return isSilent || isHeld || isBroken || isRefused ? EXIT.DOUBT : EXIT.OK
}

async function readStatus(
  { url, key }: Pick<StatusOptions, 'url' | 'key'>,
  stopped: AbortSignal,
): Promise<Result<StatusReport>> {
  const reply = await ask(new URL('/api/v1/health', url), { headers: { 'X-API-Key': key }, stopped })
  if (!reply.ok) return err(`${reply.error}; start it with "npm start", or set its URL with --url`)
  if (reply.value.status !== 200) return err(refusal(reply.value, url))
  const { body } = reply.value
  // An older Worker does not report refused keys.
  return isReport(body)
    ? ok({ ...body, refused: body.refused ?? [] })
    : err(`${url.origin} did not answer with health; is it edge-gslb of this version?`)
}

function refusal(reply: Reply, { origin }: URL): string {
  const message = errorOf(reply)
  if (reply.status === 401) return `${origin} rejects this key; expected one that it knows, in EDGE_GSLB_KEY or API_KEY`
  if (reply.status === 404 && message.includes('API_KEY')) {
    return `the API of ${origin} is off; make a key with "npx edge-gslb key create NAME --scope read", --remote for production`
  }
  if (reply.status === 404) return `${origin} has no health report; is it edge-gslb?`
  return `${origin} answered with status ${reply.status}: ${message}`
}

function isReport(body: unknown): body is StatusReport {
  if (typeof body !== 'object' || body === null) return false
  const {
    targets,
    vantages,
    overrides,
    problems,
    zones = [],
    pools = [],
    dnssec = [],
    aliases = [],
    guards = [],
    notifications = [],
    now,
  } = body as Record<string, unknown>
  return (
    typeof now === 'string' &&
    [targets, vantages, overrides, problems, zones, pools, dnssec, aliases, guards, notifications].every(Array.isArray)
  )
}
