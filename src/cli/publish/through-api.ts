import { ok, type Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { apiFile } from '../api/api-file.ts'
import type { ApiClient } from '../api/client.ts'
import type { Standing, Standings } from '../api/compare-with-api.ts'
import { type Fault, faultDiagnostics, faultLines } from '../api/fault.ts'
import { inTurns } from '../api/in-turns.ts'
import { type ApiZone, checkZone } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { planText, SHORT } from '../plan/text.ts'
import { compareWithApi, planOf } from '../plan/through-api.ts'
import { printDiagnostics } from '../zones/check.ts'
import { plural } from '../zones/compile-files.ts'
import { type ApiOutcome, apiReport, apiReportJson, isWritten, plannedOutcome } from './api-report.ts'
import { removeZone, writeZone } from './api-write.ts'
import { Progress } from './progress.ts'
import { readZones } from './read-paths.ts'
import { listOf } from './report.ts'

export type ApiPublishChoices = {
  /** True if zones without a file are removed. */
  readonly prune: boolean
  /** True if nothing is asked. */
  readonly yes: boolean
  readonly dryRun: boolean
  readonly json: boolean
  /** The reason that stands in the history. */
  readonly reason: string | undefined
  /** Asks the user; undefined without a terminal. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined
}

/**
 * `edge-gslb publish [DIR|FILE…] --to URL`: writes each zone that changed, if nobody has changed it meanwhile. All
 * zones are checked, here and by the Worker, before the first is written.
 */
export async function publishThroughApi(
  paths: readonly string[],
  choices: ApiPublishChoices,
  api: ApiClient,
  console: Console,
  compiling: CompileOptions,
): Promise<ExitStatus> {
  const { prune, dryRun, json } = choices
  const files = await readZones(paths, { ready: apiFile, prune, outcome: NOTHING }, console, compiling)
  if (!files.ok) return files.error
  const standings = await compareWithApi(api, files.value, console)
  if (!standings.ok) return failed(standings.error, api, console)
  warnOfSerials(standings.value, console)
  const checked = await checkAll(standings.value, api, console)
  if (!checked.ok) return failed(checked.error, api, console)
  if (!checked.value) return EXIT.FAILED
  const show = (outcome: ApiOutcome): void => {
    if (json) console.out(JSON.stringify(apiReportJson(outcome, api.where, dryRun), null, 2))
    else for (const line of apiReport(outcome, api.where, dryRun)) console.out(line)
  }
  const planned = plannedOutcome(standings.value, prune)
  if (dryRun || planned.written.length + planned.removed.length === 0) {
    show(planned)
    return EXIT.OK
  }
  const refusal = await whyNot(standings.value, choices, api, console)
  if (refusal !== undefined) {
    console.err(`error: ${refusal}`)
    return EXIT.FAILED
  }
  const { outcome, fault } = await carryOut(standings.value, choices, api, console)
  show(outcome)
  if (!fault) return EXIT.OK
  for (const line of faultLines(fault.fault, fault.origin)) console.err(line)
  const left = planned.written.length + planned.removed.length - outcome.written.length - outcome.removed.length
  console.err(`error: ${plural(left, 'zone')} could not be written, ${fault.origin} first; publish again`)
  return EXIT.FAILED
}

const NOTHING = 'nothing was published'

function failed(fault: Fault, api: ApiClient, console: Console): ExitStatus {
  for (const line of faultLines(fault, api.where)) console.err(line)
  console.err(NOTHING)
  return EXIT.FAILED
}

function warnOfSerials({ files }: Standings, console: Console): void {
  for (const standing of files) {
    if (standing.kind !== 'changed' || standing.serial < standing.file.serial) continue
    const { origin, serial } = standing.file
    console.err(
      `warning: ${origin} has the serial ${serial}, and ${standing.serial} is served; the Worker will raise it`,
    )
  }
}

/** Has the Worker check each zone that it is to take. False if one has an error, which is printed. */
async function checkAll({ files }: Standings, api: ApiClient, console: Console): Promise<Result<boolean, Fault>> {
  const progress = new Progress(`checking on ${api.where}`, console)
  const checked = await inTurns(
    files.flatMap((standing) => (standing.kind === 'unchanged' ? [] : [standing])),
    async (standing) => {
      const { file } = standing
      const text = JSON.stringify(standing.document)
      const found = await checkZone(api, file.origin, { type: 'application/json', text })
      if (!found.ok) return found
      // Tests that change with their zone were run here: the Worker has those that go.
      const errors = found.value.errors.filter(({ isOfExpectations }) => !isOfExpectations || !hasOtherTests(standing))
      return ok({ file: file.file, errors })
    },
    progress.update,
  )
  progress.end()
  if (!checked.ok) return checked
  const errors = checked.value.flatMap(({ file, errors }) => faultDiagnostics({ errors }, file))
  printDiagnostics(errors, console)
  if (errors.length > 0) console.err(`error: ${api.where} refuses it: ${plural(errors.length, 'error')}; ${NOTHING}`)
  return ok(errors.length === 0)
}

const hasOtherTests = (standing: Standing): boolean => standing.kind !== 'new' && standing.tests.kind === 'changed'

/** Returns the reason not to publish. On a terminal the user sees the plan, and confirms it. */
async function whyNot(
  standings: Standings,
  { prune, yes, confirm }: ApiPublishChoices,
  api: ApiClient,
  console: Console,
): Promise<string | undefined> {
  if (yes) return undefined
  const removed = prune ? standings.others.map(({ origin }) => origin.slice(0, -1)) : []
  const removal = removed.length > 0 ? `--prune removes from ${api.where}: ${listOf(removed)}` : undefined
  if (!confirm) return removal && `${removal}; expected --yes too; ${NOTHING}`
  const asked = { prune, health: false, whatIf: { up: [], down: [] } }
  const plan = await planOf(api, standings, asked, console)
  if (plan.ok) for (const line of planText(plan.value, SHORT)) console.err(line)
  else console.err(`warning: there is no plan: ${plan.error.why}`)
  const question = removal ? `${removal}\nPublish, and remove them?` : `Publish to ${api.where}?`
  return (await confirm(question)) ? undefined : NOTHING
}

type CarriedOut = {
  readonly outcome: ApiOutcome
  readonly fault: { readonly origin: string; readonly fault: Fault } | undefined
}

/** Writes the zones, and removes those that go. After a fault no further write is begun. */
async function carryOut(
  standings: Standings,
  { prune, reason }: ApiPublishChoices,
  api: ApiClient,
  console: Console,
): Promise<CarriedOut> {
  const outcome = {
    ...plannedOutcome(standings, prune),
    written: [] as ApiOutcome['written'][number][],
    removed: [] as string[],
  }
  const writes = standings.files.flatMap((standing) =>
    isWritten(standing) ? [{ origin: standing.file.origin, standing }] : [],
  )
  const removals = prune ? standings.others.map((zone) => ({ origin: zone.origin, zone })) : []
  const progress = new Progress('publishing zones', console)
  const done = await inTurns(
    [...writes, ...removals],
    async (item: { readonly origin: string } & ({ readonly standing: Standing } | { readonly zone: ApiZone })) => {
      const { origin } = item
      if ('standing' in item) {
        const written = await writeZone(api, item.standing, reason)
        if (written.ok) outcome.written.push(written.value)
        return written.ok ? ok(true) : { ok: false as const, error: { origin, fault: written.error } }
      }
      const removed = await removeZone(api, item.zone, reason)
      if (removed.ok) outcome.removed.push(origin)
      return removed.ok ? ok(true) : { ok: false as const, error: { origin, fault: removed.error } }
    },
    progress.update,
  )
  progress.end()
  const byOrigin = (a: { readonly origin: string }, b: { readonly origin: string }): number =>
    a.origin < b.origin ? -1 : 1
  return {
    outcome: { ...outcome, written: outcome.written.toSorted(byOrigin), removed: outcome.removed.toSorted() },
    fault: done.ok ? undefined : done.error,
  }
}
