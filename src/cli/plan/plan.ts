import { assuming, isChanging, type Plan, type WhatIf } from '../../explain/index.ts'
import type { GeoLookup } from '../../geo/index.ts'
import type { Health } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import type { Result } from '../../result.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { Unmatched } from '../explain/unmatched.ts'
import type { PublishKv } from '../kv/kv.ts'
import { Progress } from '../publish/progress.ts'
import type { CompiledFile } from '../zones/compile-files.ts'
import { type Compared, comparePublished } from './compare.ts'
import { compilePaths } from './files.ts'
import { planMarkdown } from './markdown.ts'
import { planText } from './text.ts'

/** The sources of a plan, beside the files. */
export type PlanSources = {
  /** Opens the KV whose zones are served. */
  readonly open: () => Promise<Result<PublishKv>>
  readonly readHealth: (kv: PublishKv) => Promise<Result<Health>>
  /** Reads the locations of networks; undefined if there are none. */
  readonly readDatabase: (kv: PublishKv) => Promise<Result<GeoLookup | undefined>>
}

export type PlanChoices = {
  /** True if published zones that are not in the folder go. */
  readonly prune: boolean
  readonly form: 'text' | 'json' | 'markdown'
  /** States that are assumed. */
  readonly whatIf: WhatIf
}

/**
 * `edge-gslb plan [DIR|FILE…]`. Its status is OK if nothing changes, CHANGED if something does, FAILED for an error.
 */
export async function planCommand(
  paths: readonly string[],
  choices: PlanChoices,
  sources: PlanSources,
  console: Console,
  compiling: CompileOptions = {},
): Promise<ExitStatus> {
  const files = compilePaths(paths, choices.prune, console, compiling)
  if (!files) return EXIT.FAILED
  const unmatched = new Unmatched(choices.whatIf)
  unmatched.look(files.map(({ zone }) => zone))
  unmatched.warn(console)
  const kv = await sources.open()
  if (!kv.ok) return failed(kv.error, console)
  const compared = await compareWith(files, kv.value, choices, sources, console)
  await kv.value.close()
  if (!compared.ok) return failed(compared.error, console)
  for (const problem of compared.value.problems) console.err(`warning: ${printable(problem)}`)
  const { plan } = compared.value
  for (const line of planLines(plan, choices.form)) console.out(line)
  return isChanging(plan) ? EXIT.CHANGED : EXIT.OK
}

/** Compares the files with what KV serves. */
export async function compareWith(
  files: readonly CompiledFile[],
  kv: PublishKv,
  { prune, whatIf }: Pick<PlanChoices, 'prune' | 'whatIf'>,
  { readHealth, readDatabase }: Omit<PlanSources, 'open'>,
  console: Console,
): Promise<Result<Compared>> {
  const health = await readHealth(kv)
  if (!health.ok) return health
  const database = await readDatabase(kv)
  if (!database.ok) return database
  const progress = new Progress('comparing names', console)
  const compared = await comparePublished(files, kv, {
    prune,
    health: assuming(health.value, whatIf),
    database: database.value,
    onProgress: progress.update,
  })
  progress.end()
  return compared
}

export function planLines(plan: Plan, form: PlanChoices['form']): readonly string[] {
  switch (form) {
    case 'json':
      return [JSON.stringify(plan, null, 2)]
    case 'markdown':
      return planMarkdown(plan)
    case 'text':
      return planText(plan)
  }
}

function failed(error: string, console: Console): ExitStatus {
  console.err(`error: ${error}; nothing was compared`)
  return EXIT.FAILED
}
