import type { Plan } from '../../explain/index.ts'
import { ok, type Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type ApiFile, apiFile } from '../api/api-file.ts'
import type { ApiClient } from '../api/client.ts'
import { type Fault, faultLines, isObject } from '../api/fault.ts'
import { type Standings, standingsOf } from '../api/standing.ts'
import { read } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { Progress } from '../publish/progress.ts'
import { readZones } from '../publish/read-paths.ts'
import { type PlanChoices, planLines } from './plan.ts'

/** `edge-gslb plan [DIR|FILE…] --to URL`: the Worker compares what it has with the files. Statuses as of `plan`. */
export async function planThroughApi(
  paths: readonly string[],
  { prune, form }: Pick<PlanChoices, 'prune' | 'form'>,
  api: ApiClient,
  console: Console,
  compiling: CompileOptions,
): Promise<ExitStatus> {
  const files = await readZones(paths, { ready: apiFile, prune, outcome: NOTHING }, console, compiling)
  if (!files.ok) return EXIT.FAILED
  const standings = await compareWithApi(api, files.value, console)
  const plan = standings.ok ? await planOf(api, standings.value, prune) : standings
  if (!plan.ok) {
    for (const line of faultLines(plan.error, api.where)) console.err(line)
    console.err(NOTHING)
    return EXIT.FAILED
  }
  for (const line of planLines(plan.value, form)) console.out(line)
  return plan.value.changes.length > 0 || plan.value.cut ? EXIT.CHANGED : EXIT.OK
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

/** Has the Worker compare. Only zones that change are sent. @param prune true if zones without a file go */
export async function planOf(
  api: ApiClient,
  { files, others }: Standings,
  prune: boolean,
): Promise<Result<Plan, Fault>> {
  const changed = files.flatMap(({ kind, file }) => (kind === 'unchanged' ? [] : [file]))
  const removed = prune ? others : []
  if (changed.length + removed.length === 0) return ok({ changes: [], serials: [], cut: false })
  const zones = Object.fromEntries([
    ...changed.map(({ origin, document }) => [origin, { document }]),
    ...removed.map(({ origin }) => [origin, null]),
  ])
  const body = JSON.stringify({ zones })
  const headers = { 'Content-Type': 'application/json' }
  return read(api, { method: 'POST', isSafe: true, path: '/api/v1/plan', headers, body }, parsePlan)
}

/** The API has the form of `plan --json`; serials and `cut` may be missing there. */
function parsePlan(body: unknown): Plan | undefined {
  if (!isObject(body) || !Array.isArray(body.changes) || !body.changes.every(isChange)) return undefined
  const serials = Array.isArray(body.serials) ? body.serials : []
  return { changes: body.changes as Plan['changes'], serials, cut: body.cut === true }
}

const isChange = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.name === 'string' &&
  typeof value.type === 'string' &&
  Array.isArray(value.networks) &&
  isObject(value.share) &&
  isObject(value.ttl)
