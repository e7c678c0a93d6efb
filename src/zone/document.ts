import * as v from 'valibot'
import { parseTtl } from '../dns/index.ts'
import { type CheckDocument, checkSchema } from '../health/index.ts'
import {
  MAX_GUARD_FOR_SECONDS,
  MAX_GUARD_SHARE,
  MAX_GUARD_WITHIN_SECONDS,
  MAX_TTL,
  MAX_ZONE_TARGETS,
  MIN_GUARD_SHARE,
  MIN_STALE_SECONDS,
} from '../limits.ts'
import { notifySchema, type ReceiverDocument } from '../notify/index.ts'
import {
  type Expression,
  expressionSchema,
  type MapDocument,
  mapSchema,
  type ScriptExpression,
  scriptSchema,
} from '../policy/index.ts'
import { object, record } from '../schema.ts'
import { type ApiDocument, apiSchema } from './api-document.ts'

/** A zone as it is stored and written by hand: JSON. docs/zone-document.md describes each field by example. */
export type ZoneDocument = {
  readonly $schema?: string | undefined
  readonly origin: string
  /** Seconds, for every rrset without its own. */
  readonly ttl: number
  readonly soa: SoaDocument
  /** Health checks by name. */
  readonly checks?: Readonly<Record<string, CheckDocument>> | undefined
  readonly health?: HealthDocument | undefined
  readonly guard?: GuardDocument | undefined
  /** The connections whose Client Subnet options are believed: all, none, or those from these networks. */
  readonly clientSubnet?: 'on' | 'off' | readonly string[] | undefined
  /** The clients that may ask the zone: everybody if it is left out. */
  readonly access?: AccessDocument | undefined
  /** The receivers of its changes. They decide no answer. */
  readonly notify?: readonly ReceiverDocument[] | undefined
  /** Maps of datacenters by name. */
  readonly maps?: Readonly<Record<string, MapDocument>> | undefined
  /** Lua code that scripts include, by a name relative to the origin; made when LUA records are compiled. */
  readonly scripts?: ScriptsDocument | undefined
  /** The part of the zone that PowerDNS's API keeps. It decides no answer. */
  readonly api?: ApiDocument | undefined
  readonly records: Readonly<Record<string, OwnerDocument>>
}

/** The rrsets of one name, by type. */
export type OwnerDocument = Readonly<Record<string, RrsetDocument>>

export type ScriptsDocument = Readonly<Record<string, readonly ScriptExpression<Expression>[]>>

export type SoaDocument = {
  readonly mname: string
  readonly rname: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
  readonly ttl?: number | undefined
}

/**
 * The policy for states that were not confirmed for `staleAfter` seconds: they are kept, or all targets count as up.
 */
type HealthDocument = {
  readonly staleAfter?: number | undefined
  readonly whenStale?: 'keep' | 'up' | undefined
  /** True if `_health` in front of a name tells the states of its targets. */
  readonly dns?: boolean | undefined
}

/**
 * The guard: states are held for a time if more than a share of all targets goes down within a time. Times are seconds;
 * `least` is the fewest targets with which it counts.
 */
type GuardDocument = {
  readonly share?: number | undefined
  readonly within?: number | undefined
  readonly for?: number | undefined
  readonly least?: number | undefined
}

/** The clients that a zone is for: those with a token, and connections from networks. Others are refused. */
type AccessDocument = {
  readonly token?: boolean | undefined
  readonly networks?: readonly string[] | undefined
}

export type RrsetDocument = Expression | { readonly ttl?: TtlDocument | undefined; readonly answer: Expression }

/** Seconds; or the least and the most, between which the TTL follows health. */
export type TtlDocument = number | readonly [number, number]

const TIME = `expected whole seconds from 0 to ${MAX_TTL}, or units as in "1h30m"`
const seconds = v.pipe(v.number(), v.integer(TIME), v.minValue(0, TIME), v.maxValue(MAX_TTL, TIME))
const time = v.pipe(
  v.union([seconds, v.string()], TIME),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseTtl(String(dataset.value))
    if (parsed.ok) return parsed.value
    addIssue({ message: parsed.error })
    return NEVER
  }),
)

const SERIAL = 'expected a whole number from 0 to 4294967295'
const serial = v.pipe(v.number(SERIAL), v.integer(SERIAL), v.minValue(0, SERIAL), v.maxValue(4_294_967_295, SERIAL))

const text = v.string('expected text')

const RANGE = 'expected the least and the most, as in [30, 300]'
const ttlRange = v.pipe(
  v.strictTuple([time, time], RANGE),
  v.check(([min, max]) => min <= max, RANGE),
)
const ttl = v.lazy((input) =>
  Array.isArray(input) ? ttlRange : input === undefined ? v.union([time, ttlRange]) : time,
) as v.GenericSchema<unknown, TtlDocument>

const rrsetWithTtl = object({ ttl: v.optional(ttl), answer: expressionSchema })

const KIND_WITH_TTL =
  'a policy has no "ttl" and no "answer" of its own; expected them around it: { "ttl": 60, "answer": { "kind": … } }'

/** Chosen by the value's form, as in `expressionSchema`. */
const rrsetSchema: v.GenericSchema<unknown, RrsetDocument> = v.lazy((input) => {
  if (input === undefined) return v.union([expressionSchema, rrsetWithTtl])
  if (typeof input !== 'object' || input === null || !('answer' in input || 'ttl' in input)) return expressionSchema
  return 'kind' in input ? v.custom<never>(() => false, KIND_WITH_TTL) : rrsetWithTtl
})

/** The rrsets of one name, by type. */
export const ownerSchema: v.GenericSchema<unknown, OwnerDocument> = record(
  rrsetSchema,
  'expected an object of types, like { "A": "192.0.2.1" }',
)

const STALE = `expected at least ${MIN_STALE_SECONDS} seconds: health is confirmed in KV every five minutes`

const SHARE = `expected a share of all targets, from ${MIN_GUARD_SHARE} to ${MAX_GUARD_SHARE}`
const LEAST = `expected a number of targets, from 1 to ${MAX_ZONE_TARGETS}`
const guardTime = (most: number) => {
  const message = `expected seconds from 1 to ${most}, or units as in "5m"`
  return v.pipe(time, v.minValue(1, message), v.maxValue(most, message))
}

export const zoneSchema = object({
  $schema: v.optional(text),
  origin: text,
  ttl: time,
  soa: object({
    mname: text,
    rname: text,
    serial,
    refresh: time,
    retry: time,
    expire: time,
    minimum: time,
    ttl: v.optional(time),
  }),
  checks: v.optional(
    record(checkSchema, 'expected an object of checks, like { "web": { "kind": "tcp", "port": 443 } }'),
  ),
  health: v.optional(
    object({
      staleAfter: v.optional(v.pipe(time, v.minValue(MIN_STALE_SECONDS, STALE))),
      whenStale: v.optional(v.picklist(['keep', 'up'], 'expected "keep" or "up"')),
      dns: v.optional(v.boolean('expected true or false')),
    }),
  ),
  guard: v.optional(
    object({
      share: v.optional(
        v.pipe(v.number(SHARE), v.minValue(MIN_GUARD_SHARE, SHARE), v.maxValue(MAX_GUARD_SHARE, SHARE)),
      ),
      within: v.optional(guardTime(MAX_GUARD_WITHIN_SECONDS)),
      for: v.optional(guardTime(MAX_GUARD_FOR_SECONDS)),
      least: v.optional(
        v.pipe(v.number(LEAST), v.integer(LEAST), v.minValue(1, LEAST), v.maxValue(MAX_ZONE_TARGETS, LEAST)),
      ),
    }),
  ),
  clientSubnet: v.optional(
    v.union([v.picklist(['on', 'off']), v.array(text)], 'expected "on", "off", or networks like ["192.0.2.0/24"]'),
  ),
  access: v.optional(
    object({
      token: v.optional(v.boolean('expected true or false')),
      networks: v.optional(v.array(text, 'expected networks like ["192.0.2.0/24"]')),
    }),
  ),
  notify: v.optional(notifySchema),
  maps: v.optional(
    record(mapSchema, 'expected an object of maps, like { "world": { "datacenters": ["fra", "nyc"] } }'),
  ),
  scripts: v.optional(
    record(
      v.array(scriptSchema as unknown as v.GenericSchema<ScriptExpression<Expression>>),
      'expected an object of lists of scripts',
    ),
  ),
  api: v.optional(apiSchema),
  records: record(ownerSchema, 'expected an object of names, like { "www": { "A": "192.0.2.1" } }'),
})
