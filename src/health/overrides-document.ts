import * as v from 'valibot'
import { err, ok, type Result } from '../result.ts'
import { object } from '../schema.ts'
import { parseTime } from '../time.ts'
import type { Override } from './overrides.ts'

const GLOB = 'expected text, in which * stands for anything'
const glob = v.optional(v.pipe(v.string(GLOB), v.minLength(1, GLOB)))
const text = (expected: string) => v.pipe(v.string(expected), v.minLength(1, expected))
const TIME = 'expected a time like "2026-11-22T18:00:00Z"'

const overrideSchema = v.pipe(
  object({
    check: glob,
    target: glob,
    pool: glob,
    datacenter: glob,
    force: v.picklist(['up', 'down', 'drained'], 'expected "up", "down" or "drained"'),
    until: v.optional(v.pipe(v.string(TIME), v.transform(parseTime), v.number(TIME))),
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
)

const documentSchema = object({ overrides: v.array(overrideSchema, 'expected a list of overrides') })

/** Parses `{ "overrides": [ … ] }`. If several match, the last counts. */
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
