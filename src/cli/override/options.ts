import { hostname, userInfo } from 'node:os'
import { parseTtl } from '../../dns/index.ts'
import { formatOverrides, type Override, parseOverrides } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { parseTime } from '../../time.ts'

/** The options of `override add`, as typed. */
export type AddOptions = {
  readonly check?: string
  readonly target?: string
  readonly pool?: string
  readonly datacenter?: string
  readonly force: Override['force']
  readonly why: string
  readonly by?: string
  readonly until?: string
  readonly for?: string
}

export function parseAdd(options: AddOptions, now: number): Result<Override> {
  const { check, target, pool, datacenter, force, why, by = whoAmI() } = options
  const until = parseEnd(options, now)
  if (!until.ok) return until
  const override: Override = {
    ...(check !== undefined && { check }),
    ...(target !== undefined && { target }),
    ...(pool !== undefined && { pool }),
    ...(datacenter !== undefined && { datacenter }),
    ...(until.value !== undefined && { until: until.value }),
    force,
    by,
    why,
  }
  // Validated by the Worker's parser.
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

function parseEnd({ until, for: length }: AddOptions, now: number): Result<number | undefined> {
  if (until !== undefined && length !== undefined) return err('expected --until or --for, not both')
  if (length !== undefined) {
    const seconds = parseTtl(length)
    if (!seconds.ok) return err(`--for ${seconds.error}`)
    return seconds.value > 0 ? ok(now + seconds.value * 1000) : err('--for is 0; expected a time like 2h')
  }
  if (until === undefined) return ok(undefined)
  const at = parseTime(until)
  if (at === undefined) {
    return err(`--until "${until}" is not a valid time; expected one with its zone, like 2026-11-22T18:00:00Z`)
  }
  return at > now ? ok(at) : err(`--until ${until} is in the past; expected a time in the future`)
}

function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A container may run under a user id without a name.
    return `uid ${process.getuid?.() ?? '?'}@${hostname()}`
  }
}
