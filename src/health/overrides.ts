import * as v from 'valibot'
import { err, ok, type Result } from '../result.ts'
import { object } from '../schema.ts'

/** A state that a person gives, whatever is measured. Globs: `*` is any text, `?` any character. */
export type Override = {
  readonly check?: string | undefined
  readonly target?: string | undefined
  readonly pool?: string | undefined
  readonly datacenter?: string | undefined
  /** `drained`: takes no part, as if it were not there; unlike `down` it is not given out when all else is down. */
  readonly force: 'up' | 'down' | 'drained'
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined
  readonly by: string
  readonly why: string
}

const GLOB = 'expected text, in which * stands for anything'
const glob = v.optional(v.pipe(v.string(GLOB), v.minLength(1, GLOB)))
const said = (what: string) => v.pipe(v.string(what), v.minLength(1, what))
const TIME = 'expected a time like "2026-11-22T18:00:00Z"'

/** Milliseconds since the epoch of a time with its zone, like `2026-11-22T18:00:00Z`; undefined for another text. */
export function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
  // Date.parse takes the 30th of February for the 2nd of March.
  const day = `${text.slice(0, 10)}T00:00:00.000Z`
  if (Number.isNaN(Date.parse(text)) || Number.isNaN(Date.parse(day))) return undefined
  return new Date(day).toISOString() === day ? Date.parse(text) : undefined
}

const overrideSchema = v.pipe(
  object({
    check: glob,
    target: glob,
    pool: glob,
    datacenter: glob,
    force: v.picklist(['up', 'down', 'drained'], 'expected "up", "down" or "drained"'),
    until: v.optional(v.pipe(v.string(TIME), v.transform(parseTime), v.number(TIME))),
    by: said('expected who forces it'),
    why: said('expected why it is forced'),
  }),
  v.check(
    ({ check, target, pool, datacenter }) => [check, target, pool, datacenter].some((part) => part !== undefined),
    'nothing is named; expected at least one of "check", "target", "pool" and "datacenter"',
  ),
  v.check(
    ({ check, target, pool, datacenter }) =>
      (check === undefined && target === undefined) || (pool === undefined && datacenter === undefined),
    '"check" and "target" name what is probed, "pool" and "datacenter" parts of answers; expected one kind of them',
  ),
)

const documentSchema = object({ overrides: v.array(overrideSchema, 'expected a list of overrides') })

/** `{ "overrides": [ … ] }`; of several that match, the last counts. */
export function parseOverrides(text: string): Result<readonly Override[]> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return err(`the overrides are not JSON: ${(error as Error).message}`)
  }
  const parsed = v.safeParse(documentSchema, value)
  if (parsed.success) return ok(parsed.output.overrides)
  const [issue] = parsed.issues
  const at = issue.path?.map((item) => item.key).join('.')
  return err(`the overrides are not valid: ${at ? `${at}: ` : ''}${issue.message}`)
}

export const formatOverrides = (overrides: readonly Override[]): string =>
  JSON.stringify({
    overrides: overrides.map(({ until, ...rest }) => ({
      ...rest,
      ...(until !== undefined && { until: new Date(until).toISOString() }),
    })),
  })

/** What an override may name: a check of a target, a pool, or a datacenter within a pool. */
export type Subject =
  | { readonly check: string; readonly aliases?: readonly string[] | undefined; readonly target: string }
  | { readonly pool: string; readonly datacenter?: string | undefined }

/** The override that counts: the last that names the subject and has not ended. */
export function findOverride(overrides: readonly Override[], subject: Subject, now: number): Override | undefined {
  return overrides.findLast(
    (override) => (override.until ?? Number.POSITIVE_INFINITY) > now && names(override, subject),
  )
}

function names({ check, target, pool, datacenter }: Override, subject: Subject): boolean {
  if ('check' in subject) {
    if (check === undefined && target === undefined) return false
    const named = matches(check, subject.check) || (subject.aliases?.some((alias) => matches(check, alias)) ?? false)
    return named && (matches(target, subject.target) || matches(target, hostOf(subject.target)))
  }
  if (pool === undefined && datacenter === undefined) return false
  if (subject.datacenter === undefined) return datacenter === undefined && matches(pool, subject.pool)
  return datacenter !== undefined && matches(datacenter, subject.datacenter) && matches(pool, subject.pool)
}

/** The target without its port: an override of `192.0.2.1` is of all its ports. */
function hostOf(target: string): string {
  const host = target.replace(/:\d+$/, '')
  return target.startsWith('[') || !host.includes(':') ? host.replace(/^\[(.*)\]$/, '$1') : target
}

/** Without a glob everything matches. */
const matches = (glob: string | undefined, text: string): boolean =>
  glob === undefined || isMatch(glob.toLowerCase(), text.toLowerCase())

/** Goes back to the last star only: the time grows with the product of the lengths, whatever the glob. */
function isMatch(glob: string, text: string): boolean {
  let g = 0
  let star = -1
  let resumed = 0
  for (let t = 0; t < text.length; ) {
    if (glob[g] === '*') {
      star = g++
      resumed = t
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      g++
      t++
    } else if (star >= 0) {
      g = star + 1
      t = ++resumed
    } else return false
  }
  while (glob[g] === '*') g++
  return g === glob.length
}
