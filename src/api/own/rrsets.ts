import type { Context } from 'hono'
import { isSubdomain, type Name, parseName, parseType, ROOT, typeName } from '../../dns/index.ts'
import { MAX_API_POLICIES, MAX_API_RRSETS, MAX_API_SEARCH_CHARS } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import type { ApiEnv } from '../access.ts'
import { json, problem } from '../replies.ts'
import { parametersOf } from './parameters.ts'
import { findRrsets, listed, type RrsetQuery } from './rrset-list.ts'
import { type PathZone, zoneOf } from './zone-path.ts'

/** `GET …/rrsets`: what the zone has, filtered, a part at a time. */
export async function rrsetsRoute(c: Context<ApiEnv>): Promise<Response> {
  const asked = await askedFor(c, MAX_API_RRSETS, [...PARAMETERS, 'steered'])
  if (!asked.ok) return asked.error
  const { zone, document, query, offset, limit } = asked.value
  const found = findRrsets(document, zone.name, query)
  const rrsets = found.slice(offset, offset + limit).map((rrset) => listed(rrset, document))
  return json(200, { origin: zone.origin, serial: document.soa.serial, found: found.length, offset, rrsets })
}

/** `GET …/policies`: the policies of the zone, each drawn as a tree, with the present health. */
export async function policiesRoute(c: Context<ApiEnv>): Promise<Response> {
  const asked = await askedFor(c, MAX_API_POLICIES, PARAMETERS)
  if (!asked.ok) return asked.error
  const { zone, document, query, offset, limit } = asked.value
  const found = findRrsets(document, zone.name, { ...query, isSteered: true })
  const { drawn } = await import('./drawn.ts')
  const policies = await drawn(c, zone, document, found.slice(offset, offset + limit))
  if (!policies.ok) {
    const { kind, why } = policies.error
    return kind === 'invalid' ? problem(409, why) : problem(503, `${why}; try again`)
  }
  const { serial } = document.soa
  return json(200, { origin: zone.origin, serial, found: found.length, offset, policies: policies.value })
}

type Asked = {
  readonly zone: PathZone
  readonly document: ZoneDocument
  readonly query: RrsetQuery
  readonly offset: number
  readonly limit: number
}

const PARAMETERS = ['q', 'name', 'type', 'offset', 'limit'] as const

type Parameters = readonly ((typeof PARAMETERS)[number] | 'steered')[]

async function askedFor(c: Context<ApiEnv>, most: number, known: Parameters): Promise<Result<Asked, Response>> {
  const zone = zoneOf(c, 'read-zone')
  if (!zone.ok) return zone
  const asked = queryOf(c.req.url, zone.value, most, known)
  if (!asked.ok) return err(problem(400, asked.error))
  const reading = await c.env.ledgers.zone(zone.value.origin).read()
  if (!reading) return err(problem(404, `there is no zone ${zone.value.origin}`))
  return ok({ zone: zone.value, document: JSON.parse(reading.text) as ZoneDocument, ...asked.value })
}

function queryOf(
  url: string,
  zone: PathZone,
  most: number,
  known: Parameters,
): Result<Omit<Asked, 'zone' | 'document'>> {
  const parameters = parametersOf(url, known)
  if (!parameters.ok) return parameters
  const { q = '', name, type, steered, offset = '0', limit = String(Math.min(100, most)) } = parameters.value.one
  if (q.length > MAX_API_SEARCH_CHARS)
    return err(`q has ${q.length} characters; expected at most ${MAX_API_SEARCH_CHARS}`)
  const words = q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const owner = name === undefined ? ok(undefined) : nameOf(name, zone)
  if (!owner.ok) return owner
  const wanted = type === undefined ? ok(undefined) : typeOf(type)
  if (!wanted.ok) return wanted
  if (steered !== undefined && steered !== 'true' && steered !== 'false') {
    return err(`steered is "${steered.slice(0, 40)}"; expected true, for policies, or false, for fixed records`)
  }
  const from = wholeOf('offset', offset, 0, Number.MAX_SAFE_INTEGER)
  if (!from.ok) return from
  const count = wholeOf('limit', limit, 1, most)
  if (!count.ok) return count
  const isSteered = steered === undefined ? undefined : steered === 'true'
  const query = { words, name: owner.value, type: wanted.value, isSteered }
  return ok({ query, offset: from.value, limit: count.value })
}

/**
 * Reads a name of the zone. One that ends with the zone's name is whole without a final dot, too, as everywhere in this
 * API.
 */
function nameOf(text: string, { name: origin }: PathZone): Result<Name> {
  const whole = parseName(text, ROOT)
  const name = whole.ok && isSubdomain(whole.value.key, origin.key) ? whole : parseName(text, origin)
  return name.ok ? name : err(`name is not valid: ${name.error}`)
}

function typeOf(text: string): Result<string> {
  const type = parseType(text)
  return type.ok ? ok(typeName(type.value)) : err(`type is not valid: ${type.error}`)
}

function wholeOf(name: string, text: string, least: number, most: number): Result<number> {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return ok(number)
  return err(`${name} is "${text.slice(0, 40)}"; expected a whole number from ${least} to ${most}`)
}
