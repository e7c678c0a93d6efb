import { hostname, userInfo } from 'node:os'
import { parseTtl } from '../../dns/index.ts'
import { formatOverrides, type Override, parseOverrides, type Recurring } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { parseTime } from '../../time.ts'

/** The options of `override add`, as typed. */
export type AddOptions = SubjectOptions & {
  /** Each `--force`, with its state or without one. */
  readonly force?: readonly string[]
  readonly state?: string
  readonly weight?: string
  readonly from?: string
  readonly until?: string
  readonly for?: string
  readonly every?: string
}

/** The subject of an override, its reason and its author. */
export type SubjectOptions = {
  readonly check?: string
  readonly target?: string
  readonly pool?: string
  readonly datacenter?: string
  readonly why: string
  readonly by?: string
}

/** `anyway`: true for `--force` without a state, which lets a pool be left without a member. */
type Added = { readonly override: Override; readonly anyway: boolean }

const STATES = ['up', 'down', 'drained', 'weight'] as const

/** Parses `--force down`, or `--state down` with `--force` for the guard. */
export function parseAdd(options: AddOptions, now: number): Result<Added> {
  const given = [...(options.force ?? []).filter((state) => state !== ''), ...(options.state ? [options.state] : [])]
  const [state] = given
  if (given.length !== 1) return err(`expected one state, as in --force down: ${STATES.join(', ')}`)
  const force = STATES.find((one) => one === state)
  if (force === undefined) return err(`"${state}" is not a state; expected one of ${STATES.join(', ')}`)
  const times = parseTimes(options, now)
  if (!times.ok) return times
  const every = options.every === undefined ? ok(undefined) : parseEvery(options.every)
  if (!every.ok) return every
  const { weight } = options
  if (weight !== undefined && !/^\d{1,10}$/.test(weight)) return err(`--weight ${weight} is not a whole number`)
  const override = checked({
    ...subjectIn(options),
    ...times.value,
    ...(every.value && { every: every.value }),
    force,
    ...(weight !== undefined && { weight: Number(weight) }),
    ...authorIn(options),
  })
  return override.ok ? ok({ override: override.value, anyway: options.force?.includes('') ?? false }) : override
}

/** Parses the options of `override resume`. */
export const parseResume = (options: SubjectOptions, now: number): Result<Override> =>
  checked({ ...subjectIn(options), from: now, force: 'resume', ...authorIn(options) })

const subjectIn = ({ check, target, pool, datacenter }: SubjectOptions): Subject => ({
  ...(check !== undefined && { check }),
  ...(target !== undefined && { target }),
  ...(pool !== undefined && { pool }),
  ...(datacenter !== undefined && { datacenter }),
})

const authorIn = ({ by = whoAmI(), why }: SubjectOptions) => ({ by, why })

/** Validates an override by the Worker's parser. */
function checked(override: Override): Result<Override> {
  const parsed = parseOverrides(formatOverrides([override]))
  return parsed.ok
    ? ok(override)
    : err(parsed.error.replace(/^the overrides are not valid: overrides\.0[.:]?/, '').trim())
}

/** The subject of an override, as it was written: globs are compared as texts. */
export type Subject = Pick<Override, 'check' | 'target' | 'pool' | 'datacenter'>

/** The overrides to remove: by their numbers in the current list, by their subject, or all. */
export type Removing = readonly number[] | Subject | 'all'

export type RemoveOptions = Subject & { readonly all?: boolean }

/** Parses the selection, which has to use exactly one of the three ways. */
export function parseRemove(numbers: readonly string[], options: RemoveOptions): Result<Removing> {
  const { check, target, pool, datacenter, all = false } = options
  const subject = [check, target, pool, datacenter].some((glob) => glob !== undefined)
  if (Number(all) + Number(subject) + Number(numbers.length > 0) !== 1) {
    return err(
      `expected the subject of the overrides, as in --target '192.0.2.*', or their numbers in "override list", or --all`,
    )
  }
  if (all) return ok('all')
  if (subject) return ok({ check, target, pool, datacenter })
  const bad = numbers.find((text) => !/^\d{1,6}$/.test(text))
  return bad === undefined ? ok(numbers.map(Number)) : err(`"${bad}" is not a number in the list; expected one like 1`)
}

function parseTimes(
  { from, until, for: length }: AddOptions,
  now: number,
): Result<{ readonly from?: number; readonly until?: number }> {
  const begins = from === undefined ? ok(undefined) : futureTime('--from', from, now)
  if (!begins.ok) return begins
  const ends = parseEnd(until, length, begins.value ?? now, now)
  if (!ends.ok) return ends
  return ok({
    ...(begins.value !== undefined && { from: begins.value }),
    ...(ends.value !== undefined && { until: ends.value }),
  })
}

function parseEnd(
  until: string | undefined,
  length: string | undefined,
  from: number,
  now: number,
): Result<number | undefined> {
  if (until !== undefined && length !== undefined) return err('expected --until or --for, not both')
  if (length !== undefined) {
    const seconds = parseTtl(length)
    if (!seconds.ok) return err(`--for ${seconds.error}`)
    return seconds.value > 0 ? ok(from + seconds.value * 1000) : err('--for is 0; expected a time like 2h')
  }
  return until === undefined ? ok(undefined) : futureTime('--until', until, now)
}

function futureTime(option: string, text: string, now: number): Result<number> {
  const at = parseTime(text)
  if (at === undefined) {
    return err(`${option} "${text}" is not a valid time; expected one with its zone, like 2026-11-22T18:00:00Z`)
  }
  return at > now ? ok(at) : err(`${option} ${text} is in the past; expected a time in the future`)
}

const EVERY = 'expected days, a local time, a length and a time zone, like "mon,tue 22:00 2h Europe/Berlin"'

/** Parses `mon,tue 22:00 2h Europe/Berlin`; without days it is every day. */
function parseEvery(text: string): Result<Recurring> {
  const words = text.trim().split(/\s+/)
  const [zone, length, at, days, ...rest] = words.reverse()
  if (zone === undefined || length === undefined || at === undefined || rest.length > 0) {
    return err(`--every "${text}" is not complete; ${EVERY}`)
  }
  const seconds = parseTtl(length)
  if (!seconds.ok) return err(`--every: ${seconds.error}; ${EVERY}`)
  // The parser of documents checks all of it.
  const list = days === undefined || days === 'day' ? undefined : (days.toLowerCase().split(',') as Recurring['days'])
  return ok({ ...(list && { days: list }), at, for: seconds.value, zone })
}

function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A container may run under a user id without a name.
    return `uid ${process.getuid?.() ?? '?'}@${hostname()}`
  }
}
