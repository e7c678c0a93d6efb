import * as v from 'valibot'
import { err, ok, type Result } from '../../result.ts'
import { object } from '../../schema.ts'

const NUMBER = 'expected a number of 0 or more'
const number = v.pipe(v.number(NUMBER), v.finite(NUMBER), v.minValue(0, NUMBER))
const LOAD = `${NUMBER}, or { "value": 42, "target": 70, "capacity": 100 }`
const plainLoad = v.pipe(v.number(LOAD), v.finite(LOAD), v.minValue(0, LOAD))
const LIMITS = 'expected "target" and "capacity" together, the target above 0 and at most the capacity'
const loadWithLimits = v.pipe(
  object({ value: number, target: v.optional(number), capacity: v.optional(number) }),
  v.check(
    ({ target, capacity }) =>
      target === undefined || capacity === undefined ? target === capacity : target > 0 && target <= capacity,
    LIMITS,
  ),
)
/** A load, alone or with its limits. */
const load = v.lazy((input) => (typeof input === 'object' ? loadWithLimits : plainLoad)) as v.GenericSchema<
  unknown,
  number | v.InferOutput<typeof loadWithLimits>
>
const pushSchema = object({
  check: v.string('expected a check with its zone, like "example.com/load"'),
  target: v.optional(v.string('expected a target, like "192.0.2.1"')),
  state: v.optional(v.picklist(['up', 'down'], 'expected "up" or "down"')),
  load: v.optional(load),
  weight: v.optional(number),
  why: v.optional(v.pipe(v.string('expected text'), v.maxLength(80, 'expected at most 80 characters'))),
})

/** The state that an application reports of a target, or of all targets of a check. */
export type PushEntry = v.InferOutput<typeof pushSchema>

const SHAPE = 'expected JSON like { "check": "example.com/load", "target": "192.0.2.1", "load": 42 }, or a list of them'

/** Parses one entry, or a list of them. */
export function parsePush(text: string): Result<readonly PushEntry[]> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err(`the report is not JSON; ${SHAPE}`)
  }
  const parsed = v.safeParse(v.array(pushSchema), Array.isArray(value) ? value : [value])
  if (parsed.success) return ok(parsed.output)
  const [issue] = parsed.issues
  const at = issue.path
    ?.slice(1)
    .map((item) => item.key)
    .join('.')
  return err(`${at ? `${at}: ` : ''}${issue.message}`)
}
