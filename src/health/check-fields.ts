import * as v from 'valibot'
import { parseTtl } from '../dns/index.ts'
import {
  MAX_INTERVAL_SECONDS,
  MAX_PATTERN_CHARS,
  MAX_TIMEOUT_SECONDS,
  MIN_INTERVAL_SECONDS,
  MIN_LATENCY_SECONDS,
} from '../limits.ts'
import { object } from '../schema.ts'
import type { PatternSize } from './pattern.ts'
import { VANTAGE_NAME } from './vantage.ts'

// The fields that several kinds of checks share: their types, then their schemas.

export type Common = {
  /** The state of a target before its first result. */
  readonly initially?: 'up' | 'down' | undefined
  /** The target to probe instead of the record's value: an address or a host name, with or without a port. */
  readonly target?: string | undefined
}

export type Probed = {
  readonly interval?: number | undefined
  readonly timeout?: number | undefined
  /** A success that takes longer counts as a failure. */
  readonly maxLatency?: number | undefined
  readonly fall?: number | undefined
  readonly rise?: number | undefined
  readonly first?: 'decides' | 'counts' | undefined
  readonly damping?: { readonly changes: number; readonly within: number; readonly hold: number } | undefined
  /** The vantage points that probe it. By default those of the Worker. */
  readonly from?: readonly string[] | undefined
  /** The number of vantage points that must see a target up. */
  readonly quorum?: Quorum | undefined
}

export type Quorum = 'any' | 'majority' | 'all' | number

export type Verified = { readonly serverName?: string | undefined; readonly verify?: boolean | undefined }

/** A text that must occur, or a pattern in the syntax of RE2. */
export type Expected = { readonly contains: string } | { readonly matches: string }

const INTERVAL = `expected seconds from ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS}, or units as in "1m30s"`

/** Reads seconds, with fractions, or text with units. */
const seconds = (least: number, most: number, what: string, expected: string) =>
  v.pipe(
    v.union([v.number(), v.string()], expected),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const { value } = dataset
      const parsed = typeof value === 'number' ? { ok: true as const, value } : parseTtl(value)
      if (parsed.ok && parsed.value >= least && parsed.value <= most) return parsed.value
      addIssue({ message: `${value} is not ${what}; ${expected}` })
      return NEVER
    }),
  )

/** An agent may probe more than once a second. */
export const duration = seconds(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS, 'an interval', INTERVAL)

const LATENCY = `expected seconds from ${MIN_LATENCY_SECONDS} to ${MAX_TIMEOUT_SECONDS}, like 0.25`
const latency = seconds(MIN_LATENCY_SECONDS, MAX_TIMEOUT_SECONDS, 'a latency', LATENCY)

export const whole = (min: number, max: number, message = `expected a whole number from ${min} to ${max}`) =>
  v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message))

const thresholds = whole(1, 1000)
export const port = whole(1, 65_535)
export const text = v.string('expected text')

const TIMEOUT = `expected a timeout of at most ${MAX_TIMEOUT_SECONDS} seconds`
const timeout = v.pipe(duration, v.maxValue(MAX_TIMEOUT_SECONDS, TIMEOUT))

const HOST = 'expected a name like "www.example.com", with or without a port'
export const host = v.pipe(text, v.regex(/^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/, HOST))
const SERVER_NAME = 'expected a name like "www.example.com"'
const serverName = v.pipe(text, v.regex(/^[A-Za-z0-9_.:-]+$/, SERVER_NAME))
const TARGET = 'expected an address or a host name, like "192.0.2.1", "192.0.2.1:8080" or "probe.example.com"'
export const target = v.pipe(v.string(TARGET), v.minLength(1, TARGET))
const NAME = 'expected names like "cron", "weur" or "agent-1": letters, digits and "-"'
const NAMES = 'expected a list of names, like ["cron", "agent-1"]'
export const vantageName = v.pipe(v.string(NAME), v.regex(VANTAGE_NAME, NAME))

/** The configuration that the schemas of checks read. */
export type CheckJudge = { readonly patternSize?: PatternSize | undefined }

/** Reports a pattern's error if the configuration can compile patterns. */
const pattern = v.pipe(
  v.string('expected a pattern in the syntax of RE2'),
  v.maxLength(MAX_PATTERN_CHARS, `expected at most ${MAX_PATTERN_CHARS} characters`),
  v.rawCheck(({ dataset, config, addIssue }) => {
    const { patternSize } = config as CheckJudge
    if (!dataset.typed || !patternSize) return
    const instructions = patternSize(dataset.value)
    if (!instructions.ok) addIssue({ message: instructions.error })
  }),
)
const CONTAINS = 'expected at least one character'
const contains = v.pipe(
  v.string(CONTAINS),
  v.minLength(1, CONTAINS),
  v.maxLength(MAX_PATTERN_CHARS, `expected at most ${MAX_PATTERN_CHARS} characters`),
)
const EXPECTED = 'expected { "contains": text } or { "matches": pattern }'
export const expected = v.lazy((input) =>
  typeof input === 'object' && input !== null && 'matches' in input
    ? object({ matches: pattern })
    : input === undefined
      ? v.union([object({ contains }), object({ matches: pattern })], EXPECTED)
      : object({ contains }),
) as v.GenericSchema<Expected>

export const common = {
  initially: v.optional(v.picklist(['up', 'down'], 'expected "up" or "down"')),
  target: v.optional(target),
}

const QUORUM = 'expected "any", "majority", "all" or a whole number from 1 to 100'
export const probed = {
  ...common,
  interval: v.optional(duration),
  timeout: v.optional(timeout),
  maxLatency: v.optional(latency),
  fall: v.optional(thresholds),
  rise: v.optional(thresholds),
  first: v.optional(v.picklist(['decides', 'counts'], 'expected "decides" or "counts"')),
  damping: v.optional(object({ changes: whole(1, 1000), within: duration, hold: duration })),
  from: v.optional(
    v.pipe(v.array(vantageName, NAMES), v.minLength(1, 'the list is empty; expected at least one name')),
  ),
  quorum: v.optional(v.union([v.picklist(['any', 'majority', 'all']), whole(1, 100, QUORUM)], QUORUM)),
}

const PATH = 'expected a path like "/health?full=1": printable ASCII from a "/" on'
export const path = v.pipe(text, v.regex(/^\/[\x21-\x7e]*$/, PATH))

export const verified = { serverName: v.optional(serverName), verify: v.optional(v.boolean('expected true or false')) }
