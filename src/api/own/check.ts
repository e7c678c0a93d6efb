import type { Context } from 'hono'
import { checkExpectations } from '../../expectations/index.ts'
import { MAX_API_ZONE_BYTES } from '../../limits.ts'
import { ok, type Result } from '../../result.ts'
import { type LocalZone, zonesOver, zonesWithout } from '../../zone/index.ts'
import type { Diagnostic } from '../../zonefile/index.ts'
import type { ApiEnv } from '../access.ts'
import { json, problem } from '../replies.ts'
import { compileSent, type Found, foundIn } from './compile.ts'
import { bodyOf, JSON_TYPE, ZONE_FILE_TYPE } from './media.ts'
import { type PathZone, zoneOf } from './zone-path.ts'

/** A warning is most likely a mistake; advice may be right. */
type Warning = Found & { readonly severity: 'warning' | 'advice' }

/** `source` is set for an error of the expectations beside the zone: its place is in those. */
type CheckError = Found & { readonly source?: 'expectations' }

/**
 * `POST /api/v1/zones/<origin>/check`: what a PUT of the same body would say, and the warnings. Writes nothing.
 * The expectations are those that stand beside the zone.
 */
export async function checkRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'read-zone')
  if (!zone.ok) return zone.error
  const body = await bodyOf(c, [JSON_TYPE, ZONE_FILE_TYPE], MAX_API_ZONE_BYTES)
  if (!body.ok) return body.error
  const { served, ledgers } = c.env
  const published = await served.ask(({ zones }) => zones)
  if (!published.ok) return problem(503, `${published.error}; try again`)
  const form = body.value.type === JSON_TYPE ? 'document' : 'zone file'
  const compiled = compileSent({ form, text: body.value.text }, zone.value, {
    agents: served.agents,
    asksUpstreams: served.asksUpstreams,
    isServed: ({ key }) => published.value.find(key) !== undefined,
  })
  if (!compiled.ok) return json(200, { ok: false, ...told(compiled.error) })
  const { warnings } = told(compiled.value.warnings)
  const expectations = (await ledgers.zone(zone.value.origin).read())?.expectations
  const held = await expectationErrors(c, expectations, zone.value, compiled.value.zone)
  if (!held.ok) return problem(503, `${held.error}; try again`)
  const errors = held.value.map((error): CheckError => ({ ...foundIn(error), source: 'expectations' }))
  return json(200, { ok: errors.length === 0, errors, warnings })
}

function told(diagnostics: readonly Diagnostic[]): {
  readonly errors: readonly Found[]
  readonly warnings: readonly Warning[]
} {
  const errors: Found[] = []
  const warnings: Warning[] = []
  for (const diagnostic of diagnostics) {
    const { severity } = diagnostic
    if (severity === 'error') errors.push(foundIn(diagnostic))
    else warnings.push({ ...foundIn(diagnostic), severity })
  }
  return { errors, warnings }
}

/** Holds the expectations against the zone, with the published ones around it: a CNAME may lead there. */
async function expectationErrors(
  c: Context<ApiEnv>,
  text: string | undefined,
  { origin, name }: PathZone,
  zone: LocalZone,
): Promise<Result<readonly Diagnostic[]>> {
  if (text === undefined) return ok([])
  const now = Date.now()
  return c.env.served.ask(({ zones }) => {
    const around = zonesOver([zone], zonesWithout(zones, new Set([name.key])))
    const source = { file: `${origin}test.json`, text }
    const checked = checkExpectations(source, { zone, zones: around, now, folder: 'zones' })
    return checked.ok ? [] : checked.error
  })
}
