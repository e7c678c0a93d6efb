import * as v from 'valibot'
import { MAX_EXPECTED_CHARS, MAX_EXPECTED_STATES, MAX_TTL, MAX_WHY_CHARS } from '../limits.ts'
import { object, record, word } from '../schema.ts'

/** A row of a file of expectations, which people write by hand. docs/expectations.md describes each field. */
export type Expectation = {
  /** Absolute; the final dot may be left out. */
  readonly name: string
  /** A is the default. */
  readonly type?: string | undefined
  /**
   * The address of the client, the Client Subnet option of its query, or both. Without them the row is for everybody.
   */
  readonly client?: string | undefined
  readonly ecs?: string | undefined
  /** The location of the connection; `country` is short for a place with a country alone. */
  readonly country?: string | undefined
  readonly place?: ExpectedPlace | undefined
  /** The supposed states, as in `explain --down` and `--up`. */
  readonly down?: readonly string[] | undefined
  readonly up?: readonly string[] | undefined
  readonly answer?: ExpectedAnswer | undefined
  /** NOERROR is the default. */
  readonly rcode?: string | Readonly<Record<string, ExpectedChance>> | undefined
  readonly scope?: number | undefined
  readonly ttl?: number | undefined
  /** The reason for the row, for people. It is printed when the row fails. */
  readonly why?: string | undefined
}

/** One record, or all records of every answer; or all records that an answer may have, with their chances. */
type ExpectedAnswer = string | readonly string[] | Readonly<Record<string, ExpectedChance>>

/** A fraction like "1/3", or "1"; null is any chance above 0. */
export type ExpectedChance = string | null

type ExpectedPlace = {
  readonly continent?: string | undefined
  readonly country?: string | undefined
  readonly region?: string | undefined
  readonly city?: string | undefined
  readonly asn?: number | undefined
  readonly latitude?: number | undefined
  readonly longitude?: number | undefined
}

const text = v.string('expected text')

const nameText = v.pipe(
  v.string('expected a name like "www.example.com"'),
  v.maxLength(MAX_EXPECTED_CHARS, `expected at most ${MAX_EXPECTED_CHARS} characters`),
)

const why = v.pipe(text, v.maxLength(MAX_WHY_CHARS, `expected at most ${MAX_WHY_CHARS} characters`))

const GLOBS = 'expected a list of targets, checks or datacenters, like ["192.0.2.1:443"]'
const globs = v.pipe(
  v.array(
    v.pipe(v.string(GLOBS), v.maxLength(MAX_EXPECTED_CHARS, `expected at most ${MAX_EXPECTED_CHARS} characters`)),
    GLOBS,
  ),
  v.maxLength(MAX_EXPECTED_STATES, `expected at most ${MAX_EXPECTED_STATES}; a glob like "192.0.2.*" names many`),
)

const CHANCE = 'expected a chance as explain prints it, like "1/3"; or null, for any chance'
/** Bounded digits keep the comparison of fractions short. */
const chance = v.nullable(v.pipe(v.string(CHANCE), v.regex(/^\d{1,40}(?:\/0{0,9}[1-9]\d{0,39})?$/, CHANCE)))

const ANSWER = 'expected one record as its text, a list of records, or records with their chances'
const answer = v.lazy((input) => {
  if (input === undefined) return v.union([text, v.array(text), record(chance, ANSWER)])
  if (Array.isArray(input)) return v.array(text, ANSWER)
  return typeof input === 'object' && input !== null ? record(chance, ANSWER) : v.string(ANSWER)
}) as v.GenericSchema<unknown, ExpectedAnswer>

const RCODES = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', 'YXDOMAIN'] as const
const rcodeWord = word(RCODES)
const rcodeChances = object({
  NOERROR: v.optional(chance),
  NXDOMAIN: v.optional(chance),
  SERVFAIL: v.optional(chance),
  REFUSED: v.optional(chance),
  YXDOMAIN: v.optional(chance),
})
const rcode = v.lazy((input) => {
  if (input === undefined) return v.union([rcodeWord, rcodeChances])
  return typeof input === 'object' && input !== null ? rcodeChances : rcodeWord
}) as v.GenericSchema<unknown, string | Readonly<Record<string, ExpectedChance>>>

const SCOPE = 'expected a scope from 0 to 128'
const scope = v.pipe(v.number(SCOPE), v.integer(SCOPE), v.minValue(0, SCOPE), v.maxValue(128, SCOPE))

const TTL = `expected whole seconds from 0 to ${MAX_TTL}`
const ttl = v.pipe(v.number(TTL), v.integer(TTL), v.minValue(0, TTL), v.maxValue(MAX_TTL, TTL))

const place = object({
  continent: v.optional(text),
  country: v.optional(text),
  region: v.optional(text),
  city: v.optional(text),
  asn: v.optional(v.number()),
  latitude: v.optional(v.number()),
  longitude: v.optional(v.number()),
})

export const expectationSchema: v.GenericSchema<unknown, Expectation> = object({
  name: nameText,
  type: v.optional(text),
  client: v.optional(text),
  ecs: v.optional(text),
  country: v.optional(text),
  place: v.optional(place),
  down: v.optional(globs),
  up: v.optional(globs),
  answer: v.optional(answer),
  rcode: v.optional(rcode),
  scope: v.optional(scope),
  ttl: v.optional(ttl),
  why: v.optional(why),
})
