import * as v from 'valibot'
import { parseTtl } from '../dns/index.ts'
import { MAX_WEIGHT, MAX_WINDOW_SECONDS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { object } from '../schema.ts'
import { parseTime } from '../time.ts'
import { liveOverrides } from './live-overrides.ts'
import type { LiveOverride, Override } from './overrides.ts'
import { DAYS, isTimeZone, type Recurring } from './recurring.ts'

const GLOB = 'expected text, in which * stands for anything'
const glob = v.optional(v.pipe(v.string(GLOB), v.minLength(1, GLOB)))
const text = (expected: string) => v.pipe(v.string(expected), v.minLength(1, expected))
const TIME = 'expected a time like "2026-11-22T18:00:00Z"'

const time = v.optional(v.pipe(v.string(TIME), v.transform(parseTime), v.number(TIME)))

const DAY = `expected days like ["mon", "tue"]`
const AT = 'expected a local time like "22:00"'
const LENGTH = `expected a length like "2h", up to ${MAX_WINDOW_SECONDS / 86_400} days`
const everySchema = object({
  days: v.optional(v.pipe(v.array(v.picklist(DAYS, DAY), DAY), v.minLength(1, DAY))),
  at: v.pipe(v.string(AT), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, AT)),
  for: v.pipe(
    v.string(LENGTH),
    v.transform(secondsOf),
    v.number(LENGTH),
    v.minValue(1, LENGTH),
    v.maxValue(MAX_WINDOW_SECONDS, LENGTH),
  ),
  zone: v.pipe(
    v.string('expected a time zone'),
    v.check(isTimeZone, 'expected a time zone of the IANA database, like "Europe/Berlin"'),
  ),
})

const WEIGHT = `expected a whole number from 0 to ${MAX_WEIGHT}`

const overrideSchema = v.pipe(
  object({
    check: glob,
    target: glob,
    pool: glob,
    datacenter: glob,
    force: v.picklist(
      ['up', 'down', 'drained', 'weight', 'resume'],
      'expected "up", "down", "drained", "weight" or "resume"',
    ),
    weight: v.optional(
      v.pipe(v.number(WEIGHT), v.integer(WEIGHT), v.minValue(0, WEIGHT), v.maxValue(MAX_WEIGHT, WEIGHT)),
    ),
    from: time,
    until: time,
    every: v.optional(everySchema),
    by: text('expected who forces it'),
    why: text('expected why it is forced'),
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
  v.check(
    ({ force, weight }) => (force === 'weight') === (weight !== undefined),
    'expected a "weight" with "force": "weight", and with no other',
  ),
  v.check(
    ({ force, pool, datacenter }) => force !== 'weight' || pool === undefined || datacenter !== undefined,
    'a pool as a whole has no weight; expected a "check", a "target" or a "datacenter"',
  ),
  v.check(
    ({ force, from, until, every }) =>
      force !== 'resume' || (from !== undefined && until === undefined && every === undefined),
    'to resume is about one moment; expected "from", and neither "until" nor "every"',
  ),
  v.check(
    ({ from, until }) => from === undefined || until === undefined || from < until,
    'it ends before it begins; expected "from" before "until"',
  ),
)

const documentSchema = object({ overrides: v.array(overrideSchema, 'expected a list of overrides') })

/** Parses `{ "overrides": [ … ] }`. If several match, the last counts. */
export function parseOverrides(text: string): Result<readonly LiveOverride[]> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return err(`the overrides are not JSON: ${(error as Error).message}`)
  }
  const parsed = v.safeParse(documentSchema, value)
  if (parsed.success) return ok(liveOverrides(parsed.output.overrides))
  const [issue] = parsed.issues
  const at = issue.path?.map((item) => item.key).join('.')
  return err(`the overrides are not valid: ${at ? `${at}: ` : ''}${issue.message}`)
}

export const formatOverrides = (overrides: readonly Override[]): string =>
  JSON.stringify({ overrides: overrides.map(overrideText) })

/** An override with its times as texts, as the document has it. */
export type OverrideText = Omit<Override, 'from' | 'until' | 'every'> & {
  readonly from?: string
  readonly until?: string
  readonly every?: Omit<Recurring, 'for'> & { readonly for: string }
}

export const overrideText = ({ from, until, every, ...rest }: Override): OverrideText => ({
  ...rest,
  ...(from !== undefined && { from: new Date(from).toISOString() }),
  ...(until !== undefined && { until: new Date(until).toISOString() }),
  ...(every && { every: { ...every, for: lengthText(every.for) } }),
})

/** Writes a length as `parseTtl` reads it: `1d2h`. */
function lengthText(seconds: number): string {
  let left = seconds
  let text = ''
  for (const [unit, size] of UNITS) {
    if (left >= size) text += `${Math.floor(left / size)}${unit}`
    left %= size
  }
  return text
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

function secondsOf(length: string): number | undefined {
  const seconds = parseTtl(length)
  return seconds.ok ? seconds.value : undefined
}
