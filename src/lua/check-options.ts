import * as v from 'valibot'
import { type Expected, type Quorum, vantageName } from '../health/index.ts'
import { MAX_BODY_BYTES, MAX_INTERVAL_SECONDS, MAX_PATTERN_CHARS } from '../limits.ts'
import { parseAddress } from '../net/index.ts'
import { SELECTORS } from '../powerdns/index.ts'
import type { Call } from './call.ts'
import { OptionReader } from './options.ts'
import type { Value } from './value.ts'

export type Selector = keyof typeof SELECTORS
const SELECTOR_NAMES = Object.keys(SELECTORS) as readonly Selector[]

/** PowerDNS's user agent. */
export const USER_AGENT = 'PowerDNS Authoritative Server'

/** The options of `ifportup`; `ifurlup` has more. */
export type Options = {
  readonly selector: Selector
  readonly backupSelector: Selector
  /** True if the answer is SERVFAIL while no result is known. */
  readonly failUnknown: boolean
  /** Fields that every check has. */
  readonly probing: {
    readonly interval: number
    readonly timeout: number
    readonly fall: number
    readonly rise: number
    readonly first: 'counts' | 'decides'
    readonly initially: 'up' | 'down'
    readonly from?: readonly string[]
    readonly quorum?: Quorum
  }
}

export type HttpOptions = Options & {
  readonly http: {
    readonly status?: number
    readonly body?: Expected
    readonly userAgent: string
    readonly bytes?: number
    readonly headers?: Readonly<Record<string, string>>
    readonly redirects: 'follow' | 'refuse'
  }
  /** True if the certificates of https are verified. */
  readonly verify: boolean
}

export function optionsOf(value: Value | undefined, call: Call): Options {
  const reader = new OptionReader(value, call)
  const options = common(reader, 'selects')
  reader.end()
  return options
}

/** @param how `by weight`: no selector applies */
export function httpOptions(
  value: Value | undefined,
  call: Call,
  how: 'selects' | 'by weight' = 'selects',
): HttpOptions {
  const reader = new OptionReader(value, call)
  const options = common(reader, how)
  const status = reader.whole('httpcode', 100, 599)
  const body = bodyOf(reader)
  const userAgent = reader.line('useragent') ?? USER_AGENT
  const bytes = bytesOf(reader)
  const headers = reader.headers('headers')
  // These two options are not PowerDNS's, which follows redirects and accepts any certificate.
  const redirects = reader.oneOf('redirects', ['follow', 'refuse']) ?? 'follow'
  const verify = reader.oneOf('verify', ['true', 'false']) === 'true'
  reader.end()
  const http = {
    ...(status !== undefined && { status }),
    ...(body && { body }),
    userAgent,
    ...(bytes && { bytes }),
    ...(headers && { headers }),
    redirects,
  }
  return { ...options, http, verify }
}

function common(reader: OptionReader, how: 'selects' | 'by weight'): Options {
  const [selector, backupSelector] = how === 'selects' ? selectors(reader) : (['random', 'random'] as const)
  const timeout = reader.whole('timeout', 1, MAX_INTERVAL_SECONDS) ?? 2
  const interval = reader.whole('interval', 1, MAX_INTERVAL_SECONDS) ?? 5
  const fall = reader.whole('minimumFailures', 1, 1000) ?? 1
  const failUnknown = failUnknownOf(reader)
  checkSource(reader)
  // The options below are not PowerDNS's, which ignores them.
  const initially = reader.oneOf('initially', ['up', 'down']) ?? 'down'
  const rise = reader.whole('rise', 1, 1000) ?? 1
  const first = reader.oneOf('first', ['counts', 'decides']) ?? 'counts'
  const from = fromOf(reader)
  const quorum = quorumOf(reader)
  const probing = {
    ...{ interval, timeout, fall, rise, first, initially },
    ...(from && { from }),
    ...(quorum !== undefined && { quorum }),
  }
  return { selector, backupSelector, failUnknown, probing }
}

const selectors = (reader: OptionReader) =>
  [selectorOf('selector', reader), selectorOf('backupSelector', reader)] as const

function selectorOf(name: string, reader: OptionReader): Selector {
  const given = reader.text(name)
  if (!given) return 'random'
  const found = SELECTOR_NAMES.find((selector) => selector === given.text)
  if (found) return found
  const expected = `one of ${SELECTOR_NAMES.join(', ')}`
  reader.warn(given.at, `PowerDNS takes random, since it knows no ${name} '${given.text}'; expected ${expected}`)
  return 'random'
}

function failUnknownOf(reader: OptionReader): boolean {
  const given = reader.text('failOnIncompleteCheck')
  if (given && given.text !== 'true' && given.text !== 'false') {
    reader.warn(given.at, `PowerDNS takes '${given.text}' for no; expected 'true' or 'false'`)
  }
  return given?.text === 'true'
}

function checkSource(reader: OptionReader): void {
  const given = reader.text('source')
  if (!given) return
  const address = parseAddress(given.text)
  if (!address.ok) reader.refuse(given, 'is not an IP address', 'one like 192.0.2.1, or no source')
  else reader.warn(given.at, 'probes cannot choose the address that they come from; expected no source')
}

/** Returns undefined for an empty text, which every page contains. */
function bodyOf(reader: OptionReader): Expected | undefined {
  const given = reader.text('stringmatch')
  if (!given || given.text === '') return undefined
  if (given.text.length <= MAX_PATTERN_CHARS) return { contains: given.text }
  return reader.refuse(
    { ...given, text: `${given.text.slice(0, 20)}…` },
    'is too long',
    `at most ${MAX_PATTERN_CHARS} characters`,
  )
}

/** 0 means no limit, which here is the default of a check. */
function bytesOf(reader: OptionReader): number | undefined {
  const bytes = reader.whole('byteslimit', 0, Number.MAX_SAFE_INTEGER)
  return bytes && Math.min(bytes, MAX_BODY_BYTES)
}

function fromOf(reader: OptionReader): readonly string[] | undefined {
  const given = reader.text('from')
  const names = given?.text.split(',').map((name) => name.trim())
  if (!given || names?.every((name) => v.is(vantageName, name))) return names
  return reader.refuse(given, 'are not valid vantage points', "names like 'agent-1,weur'")
}

function quorumOf(reader: OptionReader): Quorum | undefined {
  const given = reader.text('quorum')
  if (!given) return undefined
  if (given.text === 'any' || given.text === 'majority' || given.text === 'all') return given.text
  if (/^[1-9]\d?$|^100$/.test(given.text)) return Number(given.text)
  return reader.refuse(given, 'is not a valid quorum', "'any', 'majority', 'all' or a whole number from 1 to 100")
}
