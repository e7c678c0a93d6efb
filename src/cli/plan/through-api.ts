import { isChanging, type Plan } from '../../explain/index.ts'
import { MAX_API_PLAN_BYTES, MAX_API_PLAN_ZONES } from '../../limits.ts'
import { ok, type Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type ApiFile, apiFile } from '../api/api-file.ts'
import type { ApiClient } from '../api/client.ts'
import { type Standings, standingsOf } from '../api/compare-with-api.ts'
import { type Fault, faultLines, isObject } from '../api/fault.ts'
import { inTurns } from '../api/in-turns.ts'
import { read } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { Unmatched } from '../explain/unmatched.ts'
import { Progress, waiting } from '../publish/progress.ts'
import { readZones } from '../publish/read-paths.ts'
import type { CompiledFile } from '../zones/compile-files.ts'
import { type PlanChoices, planLines } from './plan.ts'

/** `health`: true for the states of health as they are now, and not as before the first probe; `at`: a time. */
export type ApiPlanChoices = PlanChoices & { readonly health: boolean; readonly at?: string }

/** `edge-gslb plan [DIR|FILE…] --to URL`: the Worker compares what it has with the files. Statuses as of `plan`. */
export async function planThroughApi(
  paths: readonly string[],
  { form, ...asked }: ApiPlanChoices,
  api: ApiClient,
  console: Console,
  compiling: CompileOptions,
): Promise<ExitStatus> {
  const unmatched = new Unmatched(asked.whatIf)
  const ready = (compiled: CompiledFile): Promise<ApiFile> => {
    unmatched.look([compiled.zone])
    return apiFile(compiled)
  }
  const files = await readZones(paths, { ready, prune: asked.prune, outcome: NOTHING }, console, compiling)
  if (!files.ok) return EXIT.FAILED
  unmatched.warn(console)
  const standings = await compareWithApi(api, files.value, console)
  const plan = standings.ok ? await planOf(api, standings.value, asked, console) : standings
  if (!plan.ok) {
    for (const line of faultLines(plan.error, api.where)) console.err(line)
    console.err(NOTHING)
    return EXIT.FAILED
  }
  for (const line of planLines(plan.value, form)) console.out(line)
  return isChanging(plan.value) ? EXIT.CHANGED : EXIT.OK
}

const NOTHING = 'nothing was compared'

/** As `standingsOf`, with progress. */
export async function compareWithApi(
  api: ApiClient,
  files: readonly ApiFile[],
  console: Console,
): Promise<Result<Standings, Fault>> {
  const progress = new Progress(`reading the zones of ${api.where}`, console)
  const standings = await standingsOf(api, files, progress.update)
  progress.end()
  return standings
}

/** Octets of a request beside its zones: their names, the state of health, and globs. */
const ROOM_BYTES = 64 * 1024

/**
 * Has the Worker compare. Only zones that change are sent, in several requests if they are many.
 * @param choices `prune`: true if zones without a file go
 */
export async function planOf(
  api: ApiClient,
  { files, others }: Standings,
  { prune, health, whatIf, at }: Omit<ApiPlanChoices, 'form'>,
  console: Console,
): Promise<Result<Plan, Fault>> {
  const changed = files.flatMap((standing) => (standing.kind === 'unchanged' ? [] : [standing]))
  const zones = [
    ...changed.map(({ file, document }) => ({
      origin: file.origin,
      json: `{"document":${JSON.stringify(document)}}`,
    })),
    ...(prune ? others : []).map(({ origin }) => ({ origin, json: 'null' })),
  ]
  const parts = inParts(zones)
  if (parts.length > 1) {
    console.err(`warning: the zones are compared in ${parts.length} parts: names that lead from one to another are not`)
  }
  const state = `"health":"${health ? 'current' : 'unprobed'}",${JSON.stringify({ ...whatIf, at }).slice(1, -1)}`
  const headers = { 'Content-Type': 'application/json' }
  const compare = (part: Part): Promise<Result<Plan, Fault>> => {
    const body = `{"zones":{${part.map(({ origin, json }) => `${JSON.stringify(origin)}:${json}`)}},${state}}`
    return read(api, { method: 'POST', isSafe: true, path: '/api/v1/plan', headers, body }, parsePlan)
  }
  const plans = await waiting(`comparing on ${api.where}`, console, inTurns(parts, compare))
  return plans.ok ? ok(joined(plans.value)) : plans
}

type Part = readonly { readonly origin: string; readonly json: string }[]

function inParts(zones: Part): readonly Part[] {
  const parts: { readonly origin: string; readonly json: string }[][] = []
  let octets = 0
  for (const zone of zones) {
    const last = parts.at(-1)
    const size = Buffer.byteLength(zone.json)
    octets += size
    if (last && last.length < MAX_API_PLAN_ZONES && octets <= MAX_API_PLAN_BYTES - ROOM_BYTES) last.push(zone)
    else {
      parts.push([zone])
      octets = size
    }
  }
  return parts
}

function joined(plans: readonly Plan[]): Plan {
  const access = plans.flatMap((plan) => plan.access ?? [])
  return {
    changes: plans.flatMap(({ changes }) => changes),
    serials: plans.flatMap(({ serials }) => serials),
    ...(access.length > 0 && { access }),
    cut: plans.some(({ cut }) => cut),
  }
}

/** The API has the form of `plan --json`; serials, access and `cut` may be missing there. */
function parsePlan(body: unknown): Plan | undefined {
  if (!isObject(body) || !Array.isArray(body.changes) || !body.changes.every(isChange)) return undefined
  const serials = Array.isArray(body.serials) ? body.serials : []
  const access = Array.isArray(body.access) ? (body.access as NonNullable<Plan['access']>) : []
  const changes = body.changes as Plan['changes']
  return { changes, serials, ...(access.length > 0 && { access }), cut: body.cut === true }
}

const isChange = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.name === 'string' &&
  typeof value.type === 'string' &&
  Array.isArray(value.networks) &&
  isObject(value.share) &&
  isObject(value.ttl)
