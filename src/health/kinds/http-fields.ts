import * as v from 'valibot'
import { MAX_BODY_BYTES, MAX_QUOTED_CHARS } from '../../limits.ts'
import { object, record } from '../../schema.ts'
import { type Expected, expected, host, path, port, probed, text, whole } from '../check-fields.ts'

// The fields of HTTP checks: their types, then their schemas.

export type HttpFields = {
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
type Status = number | string

/**
 * The place of a load in the body of a reply: the number at its start, or a field of JSON, by names with dots between.
 */
export type LoadSource = 'body' | { readonly json: string }

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

/** Returns the first and last status of a range, or undefined if the text is not a range. */
export function parseStatus(status: Status): readonly [number, number] | undefined {
  const [, first, last] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(status)) ?? []
  if (first === undefined) return undefined
  const range = [Number(first), Number(last ?? first)] as const
  return range[0] <= range[1] ? range : undefined
}

const FIELD = 'expected up to 8 names with dots between them, like "load.current"'
const load = v.lazy((input) => {
  const json = object({ json: v.pipe(v.string(FIELD), v.regex(/^[^.]{1,64}(\.[^.]{1,64}){0,7}$/, FIELD)) })
  const body = v.literal('body', 'expected "body" or { "json": "load.current" }')
  if (input === undefined) return v.union([body, json])
  return typeof input === 'object' && input !== null ? json : body
}) as v.GenericSchema<unknown, LoadSource>

export const httpFields = {
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
  load: v.optional(load),
}
