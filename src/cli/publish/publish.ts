import type { Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { probeNotes } from '../costs/notes.ts'
import type { PublishKv } from '../kv/kv.ts'
import { printDiagnostics } from '../zones/check.ts'
import { type CompiledFile, startOf } from '../zones/compile-files.ts'
import { Progress } from './progress.ts'
import { carryOut, type Published, planPublication } from './publish-plan.ts'
import { readZones } from './read-paths.ts'
import { type ReadZone, readyZones } from './read-zones.ts'
import { listOf, overApiLines, report, reportJson } from './report.ts'

export type PublishChoices = {
  /** True if published zones that are not in the folder are removed. */
  readonly prune: boolean
  /** True if nothing is asked. */
  readonly yes?: boolean
  /** True if the plan is printed and nothing is written. */
  readonly dryRun?: boolean
  /** True if what each zone costs is printed below its line. */
  readonly costs?: boolean
  /** True if the outcome is one JSON object. */
  readonly json?: boolean
  readonly where: string
  /** Asks the user; undefined without a terminal. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined
  /** Returns what is shown before the question: what would be answered otherwise. */
  readonly preview?: Preview
}

/** Tells what would be answered otherwise. It compiles the files again if they are too large to be kept. */
type Preview = (kv: PublishKv, files: readonly CompiledFile[] | undefined) => Promise<Result<readonly string[]>>

/** The octets of compiled zones that are kept until the plan is shown: they take about ten times as much memory. */
const MAX_SHOWN_OCTETS = 16 * 2 ** 20

/**
 * `edge-gslb publish [DIR|FILE…]`: publishes all zones of the folder, or those of the files. It publishes none if one
 * has an error.
 * @param openKv is called after all zones are found valid
 */
export async function publishCommand(
  paths: readonly string[],
  choices: PublishChoices,
  openKv: () => Promise<Result<PublishKv>>,
  console: Console,
  compiling: CompileOptions = {},
): Promise<ExitStatus> {
  const { prune, yes = false, dryRun = false, confirm, preview } = choices
  const isShown = !yes && !dryRun && confirm !== undefined && preview !== undefined
  const read = await readZones(
    paths,
    { ready: readyZones(isShown ? MAX_SHOWN_OCTETS : 0), prune, outcome: 'nothing was published, and KV is as it was' },
    console,
    compiling,
  )
  if (!read.ok) return read.error
  const zones = read.value
  const notes = probeNotes(zones.flatMap(({ probes }) => probes))
  printDiagnostics(
    notes.map((note) => ({ ...startOf(paths[0] ?? ''), ...note })),
    console,
  )
  const kv = await openKv()
  if (!kv.ok) {
    console.err(`error: ${kv.error}`)
    return EXIT.FAILED
  }
  try {
    const planned = await planPublication(
      zones.map(({ publication }) => publication),
      kv.value,
      { prune },
    )
    if (!planned.ok) return failed(planned.error, console)
    const { older } = planned.value.published
    for (const { origin, serial, published } of older) {
      console.err(`warning: ${origin}. has the serial ${serial}, and ${published} is published; expected a higher one`)
    }
    for (const line of overApiLines(planned.value.published)) console.err(`warning: ${line}`)
    const show = (outcome: Published): void => showOutcome(outcome, zones, choices, console)
    if (dryRun) {
      show(planned.value.published)
      return EXIT.OK
    }
    const refusal = await whyNotPublish(planned.value.published, zones, kv.value, choices, console)
    if (refusal !== undefined) return failed(refusal, console)
    const progress = new Progress('publishing zones', console)
    const published = await carryOut(planned.value, kv.value, progress.update)
    progress.end()
    if (!published.ok) return failed(published.error, console)
    show(published.value)
    return EXIT.OK
  } finally {
    await kv.value.close()
  }
}

function showOutcome(
  outcome: Published,
  zones: readonly ReadZone[],
  { where, json = false, dryRun = false, costs: showsCosts = false }: PublishChoices,
  console: Console,
): void {
  const targets = new Set(zones.flatMap(({ probes }) => probes.map(({ id }) => id))).size
  const costs = new Map(zones.map(({ publication, costs }) => [publication.origin, costs]))
  const context = { where, targets, dryRun, costs }
  if (json) console.out(JSON.stringify(reportJson(outcome, context), null, 2))
  else for (const line of report(outcome, context, showsCosts)) console.out(line)
}

function failed(error: string, console: Console): ExitStatus {
  console.err(`error: ${error}`)
  return EXIT.FAILED
}

/**
 * Returns the reason not to publish. On a terminal the user sees the plan, and confirms it. Elsewhere zones are
 * published without a question, but none is removed: a renamed file looks like a removed zone.
 */
async function whyNotPublish(
  { removed, writes, deletes }: Published,
  zones: readonly ReadZone[],
  kv: PublishKv,
  { yes = false, confirm, preview, where }: PublishChoices,
  console: Console,
): Promise<string | undefined> {
  if (yes || removed.length + writes + deletes === 0) return undefined
  const removal = removed.length > 0 ? `--prune removes from ${where}: ${listOf(removed)}` : undefined
  if (!confirm) return removal && `${removal}; expected --yes too. Nothing was written`
  const plan = await preview?.(kv, compiledOnes(zones))
  if (plan?.ok) for (const line of plan.value) console.err(line)
  else if (plan) console.err(`warning: there is no plan: ${plan.error}`)
  const question = removal ? `${removal}\nPublish, and remove them?` : `Publish to ${where}?`
  return (await confirm(question)) ? undefined : 'nothing was written'
}

const compiledOnes = (zones: readonly ReadZone[]): readonly CompiledFile[] | undefined => {
  const files = zones.flatMap(({ compiled }) => compiled ?? [])
  return files.length === zones.length ? files : undefined
}
