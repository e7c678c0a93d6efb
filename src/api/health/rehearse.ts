import type { Context } from 'hono'
import { confirmedAt, type Rehearsal, rehearse } from '../../explain/index.ts'
import { type LiveOverride, type PoolShape, parseOverrides, probesOf } from '../../health/index.ts'
import { MAX_API_PLAN_BYTES, MAX_API_PLAN_ZONES, MAX_PUSH_BYTES } from '../../limits.ts'
import { healthCalls } from '../../lua/index.ts'
import { patternSize } from '../../re2.ts'
import { err, ok, type Result } from '../../result.ts'
import { validate } from '../../store/index.ts'
import type { LocalZone } from '../../zone/index.ts'
import type { ApiEnv } from '../access.ts'
import { readText } from '../bodies.ts'
import { json, problem } from '../replies.ts'
import { forbidden } from '../requests.ts'

/**
 * `POST /api/v1/overrides/rehearse`: what each member of a pool would get with one more override, at the first moment
 * at which it counts, with the states that are measured now. Writes nothing.
 */
export async function rehearseRoute(c: Context<ApiEnv>): Promise<Response> {
  const refused = forbidden(c, { kind: 'read-health' })
  if (refused) return refused
  const text = await readText(c, MAX_PUSH_BYTES)
  if (text instanceof Response) return text
  const added = parseOverrides(`{"overrides":[${text}\n]}`)
  if (!added.ok) return problem(422, added.error.replaceAll('overrides.0.', ''))
  const [override] = added.value
  if (!override || added.value.length > 1) return problem(422, 'expected one override')
  const zones = await matchedZones(c, override)
  if (!zones.ok) return zones.error
  const health = await c.env.served.ask(({ health }) => health, { health: true })
  if (!health.ok) return problem(503, `${health.error}; try again`)
  const { isActive, changesAt } = override.at(health.value.now)
  const at = isActive || !Number.isFinite(changesAt) ? health.value.now : changesAt
  const before = confirmedAt(health.value, at)
  const after = confirmedAt(health.value, at, [...health.value.overrides, override])
  return json(200, { at: new Date(at).toISOString(), pools: rehearse(zones.value, before, after).map(told) })
}

/**
 * Reads and compiles the zones with a pool that the override is about: the newest versions, as their ledgers have them.
 */
async function matchedZones(
  c: Context<ApiEnv>,
  override: LiveOverride,
): Promise<Result<readonly LocalZone[], Response>> {
  const shapes = await c.env.health.pools()
  const origins = [...shapes].flatMap(([origin, pools]) =>
    pools.some((pool) => isAbout(override, pool)) ? [origin] : [],
  )
  if (origins.length > MAX_API_PLAN_ZONES) {
    const most = `expected at most ${MAX_API_PLAN_ZONES}; "npx edge-gslb override rehearse" looks at all`
    return err(problem(422, `the override is about pools of ${origins.length} zones; ${most}`))
  }
  const readings = await Promise.all(origins.map((origin) => c.env.ledgers.zone(`${origin}.`).read()))
  const length = readings.reduce((sum, reading) => sum + (reading?.text.length ?? 0), 0)
  if (length > MAX_API_PLAN_BYTES) {
    const most = `expected at most ${MAX_API_PLAN_BYTES}; "npx edge-gslb override rehearse" looks at larger ones`
    return err(problem(422, `the zones with such pools have ${length} characters; ${most}`))
  }
  const zones: LocalZone[] = []
  for (const [i, origin] of origins.entries()) {
    const text = readings[i]?.text
    if (text === undefined) continue
    const valid = validate(text, origin, { healthCalls, patternSize })
    if (!valid.ok) return err(problem(409, `the present version of ${origin} is not valid: ${valid.error}`))
    zones.push(valid.value)
  }
  return ok(zones)
}

/** Returns true if the override names the pool, or a target or datacenter in it. */
function isAbout(override: LiveOverride, shape: PoolShape): boolean {
  if (shape.kind === 'any') return shape.of.some((one) => isAbout(override, one))
  if (!('members' in shape)) return false
  const { name, members, last } = shape
  return (
    override.names({ pool: name }) ||
    members.some(
      ({ condition, datacenter, answer }) =>
        (datacenter !== undefined && override.names({ pool: name, datacenter })) ||
        (condition !== undefined && probesOf(condition).some((probe) => override.names(probe))) ||
        isAbout(override, answer),
    ) ||
    (last !== undefined && isAbout(override, last))
  )
}

const told = ({ pool, isEmptied, members }: Rehearsal) => ({
  pool,
  emptied: isEmptied,
  members: members.map(({ name, before, after }) => ({ name, before: shareOf(before), after: shareOf(after) })),
})

const shareOf = ({ state, chance }: Rehearsal['members'][number]['before']) => ({
  state,
  probability: chance === null ? null : chance.toFraction(),
  chance: chance === null ? null : chance.valueOf(),
})
