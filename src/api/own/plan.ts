import type { Context } from 'hono'
import * as v from 'valibot'
import type { NameKey } from '../../dns/index.ts'
import { assuming, type Plan, plan, statesAround, type WhatIf } from '../../explain/index.ts'
import { Health } from '../../health/index.ts'
import { summaryOf } from '../../ledger/index.ts'
import { MAX_API_PLAN_BYTES, MAX_API_PLAN_NETWORKS, MAX_API_PLAN_STEPS, MAX_API_PLAN_ZONES } from '../../limits.ts'
import { healthCalls } from '../../lua/index.ts'
import { patternSize } from '../../re2.ts'
import { err, ok, type Result } from '../../result.ts'
import { object, parse, record } from '../../schema.ts'
import { issuesOf } from '../../schema-issues.ts'
import { validate } from '../../store/index.ts'
import { parseTime } from '../../time.ts'
import { type LocalZone, zonesWithout } from '../../zone/index.ts'
import { arranged, type LocatedJson, readJson } from '../../zonefile/index.ts'
import type { ApiEnv } from '../access.ts'
import { json, problem } from '../replies.ts'
import { forbidden } from '../requests.ts'
import { compileSent, type Found, foundIn, partOf, type SentZone } from './compile.ts'
import { bodyOf, JSON_TYPE } from './media.ts'
import { whatIfOf } from './what-if.ts'
import { type PathZone, parseOrigin } from './zone-path.ts'

/**
 * `POST /api/v1/plan`: the JSON of `plan --json`, for the zones that are sent in place of those that are there; null is
 * a zone that goes. Writes nothing.
 */
export async function planRoute(c: Context<ApiEnv>): Promise<Response> {
  const body = await bodyOf(c, [JSON_TYPE], MAX_API_PLAN_BYTES)
  if (!body.ok) return body.error
  const asked = askedOf(body.value.text)
  if (!asked.ok) return asked.error
  const { zones } = asked.value
  for (const { zone } of zones) {
    const refused = forbidden(c, { kind: 'read-zone', origin: zone.origin })
    if (refused) return refused
  }
  const after = sentZones(zones)
  if (!after.ok) return after.error
  const before = await presentZones(c, zones)
  if (!before.ok) return before.error
  const planned = await compared(c, asked.value, before.value, after.value)
  return planned.ok ? json(200, planned.value) : problem(503, `${planned.error}; try again`)
}

// --- the request ----------------------------------------------------------------------------------------------------

/** `sent` is null for a zone that goes. */
type AskedZone = { readonly text: string; readonly zone: PathZone; readonly sent: SentZone | null }

type Asked = {
  readonly zones: readonly AskedZone[]
  readonly isCurrent: boolean
  readonly whatIf: WhatIf
  /** Milliseconds since the epoch; now if it is left out. */
  readonly at: number | undefined
}

const ZONE = 'expected { "zoneFile": text }, { "document": a zone document }, or null for a zone that goes'
const zoneFile = object({ zoneFile: v.string('expected the text of a zone file') })
const document = object({ document: v.looseObject({}, 'expected a zone document') })
const zoneSchema = v.lazy((input) => {
  if (typeof input !== 'object') return v.looseObject({}, ZONE)
  return input === null ? v.null() : 'zoneFile' in input ? zoneFile : document
}) as v.GenericSchema<unknown, { readonly zoneFile: string } | { readonly document: object } | null>
const HEALTH = 'expected "unprobed", as before the first probe, or "current"'
const GLOBS = 'expected a list of targets, checks or datacenters, like ["192.0.2.1:443"]'
const globs = v.optional(v.array(v.string(GLOBS), GLOBS))
const TIME = 'expected a time like "2026-12-01T12:00:00Z"'
const requestSchema = object({
  zones: record(zoneSchema, 'expected zones by origin'),
  health: v.optional(v.picklist(['unprobed', 'current'], HEALTH)),
  down: globs,
  up: globs,
  at: v.optional(v.pipe(v.string(TIME), v.transform(parseTime), v.number(TIME))),
})

const EXAMPLE = '{ "zones": { "example.com": { "zoneFile": "…" } } }'

function askedOf(text: string): Result<Asked, Response> {
  const read = readJson('', text, EXAMPLE)
  if (!read.ok) return err(unprocessable(arranged(read.error, 'error', ['']).map(foundIn)))
  const located = read.value
  const shape = parse(requestSchema, located.value, {})
  if (!shape.ok) return err(unprocessable(shapeErrors(located, issuesOf(shape.error))))
  const { zones, health, down = [], up = [], at } = shape.value
  const entries = Object.entries(zones)
  if (entries.length > MAX_API_PLAN_ZONES) {
    return err(problem(422, `there are ${entries.length} zones; expected at most ${MAX_API_PLAN_ZONES} in a plan`))
  }
  const whatIf = whatIfOf({ down, up })
  if (!whatIf.ok) return err(problem(422, whatIf.error))
  const asked: AskedZone[] = []
  const keys = new Set<NameKey>()
  for (const [origin, given] of entries) {
    const zone = parseOrigin(origin)
    if (!zone.ok) return err(problem(422, zone.error))
    if (keys.has(zone.value.name.key)) {
      return err(
        problem(422, `the zone ${zone.value.origin} is there twice, in two spellings; expected each zone once`),
      )
    }
    keys.add(zone.value.name.key)
    asked.push({ text: origin, zone: zone.value, sent: sentOf(given, located, origin) })
  }
  return ok({ zones: asked, isCurrent: health === 'current', whatIf: whatIf.value, at })
}

const shapeErrors = ({ locate }: LocatedJson, issues: ReturnType<typeof issuesOf>): readonly Found[] =>
  arranged(
    issues.map(({ path, message }) => ({ ...locate([...path]), message })),
    'error',
    [''],
  ).map(foundIn)

function sentOf(
  given: { readonly zoneFile: string } | { readonly document: object } | null,
  located: LocatedJson,
  origin: string,
): SentZone | null {
  if (given === null) return null
  if ('zoneFile' in given) return { form: 'zone file', text: given.zoneFile }
  return { form: 'part', located: partOf(located, ['zones', origin, 'document']) }
}

const unprocessable = (errors: readonly (Found & { readonly zone?: string })[]): Response =>
  problem(422, summaryOf(errors), { errors })

// --- both sides -----------------------------------------------------------------------------------------------------

/** Compiles the zones that were sent. Errors in a zone file have their places in that. */
function sentZones(zones: readonly AskedZone[]): Result<readonly LocalZone[], Response> {
  const compiled: LocalZone[] = []
  const errors: (Found & { readonly zone: string })[] = []
  for (const { zone, sent } of zones) {
    if (!sent) continue
    const result = compileSent(sent, zone, {})
    if (result.ok) compiled.push(result.value.zone)
    else errors.push(...result.error.map((diagnostic) => ({ ...foundIn(diagnostic), zone: zone.origin })))
  }
  return errors.length > 0 ? err(unprocessable(errors)) : ok(compiled)
}

/** Reads and compiles the newest versions of the zones, as their ledgers have them. */
async function presentZones(
  c: Context<ApiEnv>,
  zones: readonly AskedZone[],
): Promise<Result<readonly LocalZone[], Response>> {
  const readings = await Promise.all(zones.map(({ zone }) => c.env.ledgers.zone(zone.origin).read()))
  const length = readings.reduce((sum, reading) => sum + (reading?.text.length ?? 0), 0)
  if (length > MAX_API_PLAN_BYTES) {
    const most = `expected at most ${MAX_API_PLAN_BYTES}; "npx edge-gslb plan" compares larger ones`
    return err(problem(422, `the zones have ${length} characters as they are now; ${most}`))
  }
  const present: LocalZone[] = []
  for (const [i, { zone }] of zones.entries()) {
    const text = readings[i]?.text
    if (text === undefined) continue
    const valid = validate(text, zone.origin.slice(0, -1), { healthCalls, patternSize })
    if (!valid.ok) return err(problem(409, `the present version of ${zone.origin} is not valid: ${valid.error}`))
    present.push(valid.value)
  }
  return ok(present)
}

async function compared(
  c: Context<ApiEnv>,
  { zones, isCurrent, whatIf, at }: Asked,
  before: readonly LocalZone[],
  after: readonly LocalZone[],
): Promise<Result<Plan>> {
  const origins = new Set(zones.map(({ zone }) => zone.name.key))
  const all = [...before, ...after]
  // All rounds of loading share it.
  const budget = { left: MAX_API_PLAN_STEPS }
  const needs = { health: isCurrent, places: all.some(({ usesPlaces }) => usesPlaces) }
  return c.env.served.ask(({ zones: served, health, database }) => {
    const now = at ?? health.now
    const { vantages, overrides, platform } = health
    const then = isCurrent ? new Health(vantages, overrides, now, platform) : new Health([], [], now)
    const states = statesAround(assuming(then, whatIf), all)
    const around = zonesWithout(served, origins)
    return plan(before, after, { states, database, around, budget, maxNetworks: MAX_API_PLAN_NETWORKS })
  }, needs)
}
