import { DAY_MS } from '../../calendar.ts'
import { namedBy, subjectsOf, subjectText } from '../../explain/index.ts'
import {
  formatOverrides,
  type Health,
  type LiveOverride,
  liveOverrides,
  type Override,
  overrideReport,
  parseOverrides,
  subjectText as subjectOf,
} from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { err, ok, type Result } from '../../result.ts'
import { OVERRIDES_KEY } from '../../store/index.ts'
import type { LocalZone } from '../../zone/index.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import type { Kv } from '../kv/kv.ts'
import type { Paint } from '../paint.ts'
import { compileFolder, plural } from '../zones/compile-files.ts'
import type { Removing } from './options.ts'
import { emptiedText, printRehearsal, rehearsal } from './rehearsal.ts'
import { forcedText, overrideLines } from './text.ts'

export type OverrideAction =
  | { readonly kind: 'list' }
  | Adding
  | { readonly kind: 'resume'; readonly override: Override }
  | { readonly kind: 'remove'; readonly which: Removing }

/**
 * `zones` is the folder of the zones, for a report of what the override matches, and of the pools that it would leave
 * without a member; `compiling`: how to read them. `anyway`: such pools are accepted. To rehearse writes nothing.
 */
type Adding = {
  readonly kind: 'add' | 'rehearse'
  readonly override: Override
  readonly anyway?: boolean
  readonly zones: string
  readonly compiling?: CompileOptions
}

/** The part of KV that holds the overrides, or the API in its place. */
export type OverridesKv = Pick<Kv, 'get' | 'close'> & {
  /** @param anyway true if the override may leave a pool without a member, where the store looks at that */
  put(rows: Parameters<Kv['put']>[0], anyway?: boolean): ReturnType<Kv['put']>
}

/** The place of the overrides, and how health is read beside them. */
export type OverrideStore = {
  readonly open: () => Promise<Result<OverridesKv>>
  /** Reads health as answers use it, with the given overrides. */
  readonly health: (kv: OverridesKv, overrides: readonly LiveOverride[], now: number) => Promise<Result<Health>>
  readonly where: string
  /** True if it refuses by itself what would leave a pool without a member. */
  readonly guards?: true
  /** Returns the command by which a person reads or deletes the key. */
  readonly byHand: (operation: 'get' | 'delete') => string
}

/**
 * `edge-gslb override list|add|rehearse|resume|remove`: reads the overrides, changes and writes them, and prints the
 * new list.
 * @param json true if the list is one JSON object
 */
export async function overrideCommand(
  action: OverrideAction,
  store: OverrideStore,
  now: number,
  terminal: Console,
  paint: Paint,
  json = false,
): Promise<ExitStatus> {
  // With --json the list alone goes to stdout.
  const console = json ? { ...terminal, out: terminal.err } : terminal
  const list = (overrides: readonly LiveOverride[]): void => {
    const reports = overrides.map((override) => overrideReport(override, now))
    if (json) terminal.out(JSON.stringify({ overrides: reports }, null, 2))
    else if (reports.length === 0) terminal.out('there are no overrides')
    else for (const line of overrideLines(reports, now, paint)) terminal.out(line)
  }
  const kv = await store.open()
  if (!kv.ok) return failed(kv.error, console)
  try {
    const before = await readOverrides(kv.value, store)
    if (!before.ok) return failed(before.error, console)
    if (action.kind === 'list') {
      list(before.value)
      return EXIT.OK
    }
    const after = changed(before.value, action, now, console)
    if (!after.ok) return failed(after.error, console)
    const zones = 'zones' in action ? zonesFor(action, console) : undefined
    if ('zones' in action && zones && (action.kind === 'rehearse' || !(action.anyway || store.guards))) {
      const rehearsed = await rehearsal(
        zones,
        action,
        { before: before.value, after: after.value },
        store,
        kv.value,
        now,
      )
      if (!rehearsed.ok) return failed(rehearsed.error, console)
      if (action.kind === 'rehearse') {
        printRehearsal(rehearsed.value, json ? terminal : console, json)
        return EXIT.OK
      }
      const emptied = rehearsed.value.filter(({ isEmptied }) => isEmptied)
      if (emptied.length > 0) return failed(emptiedText(emptied), console)
    }
    if (action.kind === 'rehearse') return EXIT.FAILED
    const anyway = action.kind !== 'add' || (action.anyway ?? false)
    const written = await kv.value.put([{ key: OVERRIDES_KEY, value: formatOverrides(after.value) }], anyway)
    if (!written.ok) return failed(`${written.error}; the overrides are unchanged`, console)
    if ('zones' in action) printMatches(action, zones, console)
    else if (action.kind === 'remove') printRemoved(before.value, after.value, now, console)
    list(after.value)
    console.out(`written to ${store.where}; answers follow within seconds here, and about a minute around the world`)
    return EXIT.OK
  } finally {
    await kv.value.close()
  }
}

function failed(error: string, console: Console): ExitStatus {
  console.err(`error: ${error}`)
  return EXIT.FAILED
}

/** Reads the overrides. A damaged document is an error, and never counts as empty. */
async function readOverrides(kv: OverridesKv, { byHand }: OverrideStore): Promise<Result<readonly LiveOverride[]>> {
  const text = await kv.get(OVERRIDES_KEY)
  if (!text.ok) return err(`the overrides could not be read, so nothing was changed: ${text.error}`)
  if (text.value === undefined) return ok([])
  const parsed = parseOverrides(text.value)
  if (parsed.ok) return parsed
  const fix = `look at them with "${byHand('get')}" and correct them, or start from none with "${byHand('delete')}"`
  return err(`${parsed.error}; nothing was changed: ${fix}`)
}

function changed(
  before: readonly LiveOverride[],
  action: Exclude<OverrideAction, { kind: 'list' }>,
  now: number,
  console: Console,
): Result<readonly LiveOverride[]> {
  switch (action.kind) {
    case 'add':
    case 'rehearse':
      return added(before, action.override, now, console)
    case 'resume': {
      // The same targets are resumed again and again: the last time counts.
      const isSame = (one: Override): boolean =>
        one.force === 'resume' && SUBJECTS.every((key) => one[key] === action.override[key])
      return added(
        before.filter((one) => !isSame(one)),
        action.override,
        now,
        console,
      )
    }
    case 'remove':
      return without(before, action.which)
  }
}

/** Adds an override, and drops those that ended more than a day ago. */
function added(
  before: readonly LiveOverride[],
  override: Override,
  now: number,
  console: Console,
): Result<readonly LiveOverride[]> {
  const kept = before.filter(({ until }) => until === undefined || until > now - DAY_MS)
  const dropped = before.length - kept.length
  if (dropped > 0) console.out(`dropped ${plural(dropped, 'override')} that ended more than a day ago`)
  return ok([...kept, ...liveOverrides([override])])
}

function without(before: readonly LiveOverride[], which: Removing): Result<readonly LiveOverride[]> {
  if (which === 'all') return ok([])
  if ('length' in which) return withoutNumbers(before, which)
  const after = before.filter((override) => !SUBJECTS.every((key) => override[key] === which[key]))
  if (after.length < before.length) return ok(after)
  const there = before.length === 0 ? 'there are none' : 'expected the subject as "override list" shows it'
  return err(printable(`there is no override of ${subjectOf(which)}; ${there}; nothing was changed`))
}

const SUBJECTS = ['check', 'target', 'pool', 'datacenter'] as const

/** Removes by numbers from 1 in the current list, which may have changed since it was shown. */
function withoutNumbers(before: readonly LiveOverride[], numbers: readonly number[]): Result<readonly LiveOverride[]> {
  const unknown = numbers.find((number) => number < 1 || number > before.length)
  if (unknown === undefined) return ok(before.filter((_, i) => !numbers.includes(i + 1)))
  const there = before.length === 0 ? 'there are none' : `expected numbers of the list, from 1 to ${before.length}`
  return err(`there is no override ${unknown}; ${there}; nothing was changed`)
}

/** Prints the removed overrides: if the numbers had moved, the user sees which to add again. */
function printRemoved(
  before: readonly LiveOverride[],
  after: readonly LiveOverride[],
  now: number,
  console: Console,
): void {
  for (const override of before.filter((override) => !after.includes(override))) {
    console.out(printable(`removed ${subjectOf(override)}, ${forcedText(overrideReport(override, now), now)}`))
  }
}

const MAX_LISTED = 10

function zonesFor({ zones: folder, compiling }: Adding, console: Console): readonly LocalZone[] | undefined {
  const compiled = compileFolder(folder, undefined, compiling)
  if (compiled.ok) return compiled.value.map(({ zone }) => zone)
  console.err(
    `warning: the zones could not be read, so it is not known what the override matches: ${compiled.error.message}`,
  )
  return undefined
}

/** Prints what the override matches, since a glob with a typing error forces nothing. */
function printMatches(
  { override, zones: folder }: Adding,
  zones: readonly LocalZone[] | undefined,
  console: Console,
): void {
  if (!zones) return
  const subjects = subjectsOf(zones)
  const named = namedBy(override, subjects).map(subjectText)
  if (named.length === 0) {
    const kind = override.check !== undefined || override.target !== undefined ? 'check' : 'pool'
    const there = subjects.filter((subject) => kind in subject).map(subjectText)
    const some = there.length > 0 ? `; there are: ${cut(there)}` : `; they have no ${kind}s`
    console.err(`warning: the override matches nothing in the zones of the folder ${folder}${some}`)
  } else
    console.out(
      printable(`matches ${plural(named.length, 'part')} of the zones in the folder ${folder}: ${cut(named)}`),
    )
}

const cut = (names: readonly string[]): string =>
  names.slice(0, MAX_LISTED).join('; ') + (names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '')
