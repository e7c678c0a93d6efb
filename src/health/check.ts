import * as v from 'valibot'
import { MAX_BODY_BYTES, MAX_QUOTED_CHARS, MIN_STALE_SECONDS } from '../limits.ts'
import { kinds, object, record } from '../schema.ts'
import {
  type Common,
  common,
  duration,
  type Expected,
  expected,
  host,
  type Probed,
  path,
  port,
  probed,
  target,
  text,
  type Verified,
  verified,
  whole,
} from './check-fields.ts'
import {
  type DnsDocument,
  dnsFields,
  type ExecDocument,
  execFields,
  type GrpcDocument,
  grpcFields,
  type UdpDocument,
  udpFields,
} from './check-further.ts'
import type { LoadSource } from './probe.ts'

/**
 * A health check in a zone document: the request to a target, its interval, and the meaning of the target's replies.
 * docs/health.md describes each field by example. Times are in seconds.
 */
export type CheckDocument =
  | (Common & Probed & { readonly kind: 'tcp'; readonly port: number } & Conversation)
  | (Common & Probed & { readonly kind: 'tls'; readonly port?: number | undefined } & Verified)
  | (Common & Probed & { readonly kind: 'http' } & Http)
  | (Common & Probed & { readonly kind: 'https' } & Http & Verified)
  | (Common & Probed & { readonly kind: 'dns' } & DnsDocument)
  | (Common & Probed & { readonly kind: 'udp' } & UdpDocument)
  | (Common & Probed & { readonly kind: 'icmp' })
  | (Common & Probed & { readonly kind: 'grpc' } & GrpcDocument)
  | (Common & Probed & { readonly kind: 'exec' } & ExecDocument)
  | (Common & { readonly kind: 'push'; readonly silent?: number | undefined })
  | CalculatedDocument

type Conversation = { readonly send?: string | undefined; readonly expect?: Expected | undefined }
type Http = {
  readonly port?: number | undefined
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'OPTIONS' | undefined
  readonly path?: string | undefined
  /** The Host header; for https also the name that is sent (SNI) and verified, unless there is a `serverName`. */
  readonly host?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly status?: Status | readonly Status[] | undefined
  readonly body?: Expected | undefined
  /** The number of octets of the body to read. */
  readonly bytes?: number | undefined
  readonly userAgent?: string | undefined
  readonly redirects?: 'follow' | 'refuse' | undefined
  /** With `body`, the number at the start of the body is the target's weight. */
  readonly weight?: 'body' | undefined
  /** The place in the body of the target's load. */
  readonly load?: LoadSource | undefined
}

/** A status, or a range like `200-299`. */
export type Status = number | string

export type CalculatedDocument = {
  readonly kind: 'calculated'
  /** Names of other checks of the zone, for the same target. */
  readonly of: readonly string[]
  /** The number of them that must be up; `none` requires all to be down. */
  readonly need: 'any' | 'all' | 'none' | number
  readonly target?: string | undefined
}

/** A check by its name in the zone's `checks`, or in full. */
export type CheckReference = string | CheckDocument

/** RFC 9110 §5.5 without obs-text, which fetch refuses. */
const headerText = v.pipe(text, v.regex(/^[\t\x20-\x7e]*$/, 'expected printable ASCII, without line breaks'))
/** RFC 9110 §5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headers = v.pipe(
  record(headerText, 'expected an object of headers, like { "X-Probe": "1" }'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const seen = new Set<string>()
    for (const name of Object.keys(dataset.value)) {
      const message = headerError(name, seen)
      if (message !== undefined) addIssue({ message })
      seen.add(name.toLowerCase())
    }
  }),
)

/** Headers of the connection or of the request's length: another value breaks the request. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** @param seen the names before this one, in lower case */
function headerError(name: string, seen: ReadonlySet<string>): string | undefined {
  const lower = name.toLowerCase()
  const shown = name.slice(0, MAX_QUOTED_CHARS)
  if (!HEADER_NAME.test(name)) return `"${shown}" is not the name of a header; expected one like "X-Probe"`
  if (CONNECTION_HEADERS.has(lower)) return `the header "${name}" belongs to the connection; expected it left out`
  return seen.has(lower) ? `the header "${shown}" is there twice; expected each name once, in any case` : undefined
}

const STATUS = 'expected a status from 100 to 599, or a range like "200-299"'
const status = v.union(
  [
    whole(100, 599, STATUS),
    v.pipe(
      v.string(),
      v.check((value) => parseStatus(value) !== undefined, STATUS),
    ),
  ],
  STATUS,
)

const FIELD = 'expected up to 8 names with dots between them, like "load.current"'

const http = {
  ...probed,
  port: v.optional(port),
  method: v.optional(v.picklist(['GET', 'HEAD', 'POST', 'OPTIONS'], 'expected GET, HEAD, POST or OPTIONS')),
  path: v.optional(path),
  host: v.optional(host),
  headers: v.optional(headers),
  status: v.optional(
    v.lazy((input) =>
      Array.isArray(input) ? v.pipe(v.array(status), v.minLength(1, STATUS)) : status,
    ) as v.GenericSchema<Status | Status[]>,
  ),
  body: v.optional(expected),
  bytes: v.optional(whole(0, MAX_BODY_BYTES)),
  userAgent: v.optional(headerText),
  redirects: v.optional(v.picklist(['follow', 'refuse'], 'expected "follow" or "refuse"')),
  weight: v.optional(v.literal('body', 'expected "body"')),
  load: v.optional(
    v.lazy((input) => {
      const json = object({ json: v.pipe(v.string(FIELD), v.regex(/^[^.]{1,64}(\.[^.]{1,64}){0,7}$/, FIELD)) })
      const body = v.literal('body', 'expected "body" or { "json": "load.current" }')
      if (input === undefined) return v.union([body, json])
      return typeof input === 'object' && input !== null ? json : body
    }) as v.GenericSchema<unknown, LoadSource>,
  ),
}
const NEED = 'expected "any", "all", "none" or a whole number from 0 to 1000'

const CHECK_KINDS = ['tcp', 'tls', 'http', 'https', 'dns', 'udp', 'icmp', 'grpc', 'exec', 'push', 'calculated'] as const

export const checkSchema = kinds(
  [
    object({ kind: v.literal('tcp'), ...probed, port, send: v.optional(text), expect: v.optional(expected) }),
    object({ kind: v.literal('tls'), ...probed, port: v.optional(port), ...verified }),
    object({ kind: v.literal('http'), ...http }),
    object({ kind: v.literal('https'), ...http, ...verified }),
    object({ kind: v.literal('dns'), ...probed, ...dnsFields }),
    object({ kind: v.literal('udp'), ...probed, ...udpFields }),
    object({ kind: v.literal('icmp'), ...probed }),
    object({ kind: v.literal('grpc'), ...probed, ...grpcFields }),
    object({ kind: v.literal('exec'), ...probed, ...execFields }),
    object({
      kind: v.literal('push'),
      ...common,
      silent: v.optional(
        v.pipe(
          duration,
          v.minValue(
            MIN_STALE_SECONDS,
            `expected at least ${MIN_STALE_SECONDS} seconds: KV confirms a pushed state every five minutes`,
          ),
        ),
      ),
    }),
    object({
      kind: v.literal('calculated'),
      of: v.pipe(
        v.array(text, 'expected a list of names of checks, like ["web", "api"]'),
        v.minLength(1, 'the list is empty; expected at least one name of a check'),
      ),
      need: v.union([v.picklist(['any', 'all', 'none']), whole(0, 1000, NEED)], NEED),
      target: v.optional(target),
    }),
  ],
  `expected a check whose "kind" is one of ${CHECK_KINDS.join(', ')}`,
) as unknown as v.GenericSchema<unknown, CheckDocument>

const REFERENCE = 'expected the name of a check, or a check written out: { "kind": "tcp", "port": 443 }'
export const checkReferenceSchema: v.GenericSchema<unknown, CheckReference> = v.lazy((input) => {
  if (typeof input === 'string') return v.string(REFERENCE)
  return input === undefined ? v.union([v.string(), checkSchema]) : checkSchema
})

/** Returns the first and last status of a range, or undefined if the text is not a range. */
export function parseStatus(status: Status): readonly [number, number] | undefined {
  const [, first, last] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(status)) ?? []
  if (first === undefined) return undefined
  const range = [Number(first), Number(last ?? first)] as const
  return range[0] <= range[1] ? range : undefined
}
