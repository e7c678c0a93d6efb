import * as v from 'valibot'
import { formatName, parseName, parseRdataText, parseType, RCODE, ROOT, TYPE } from '../../dns/index.ts'
import { MAX_EXPECTED_RECORDS } from '../../limits.ts'
import { object, word } from '../../schema.ts'
import { host, path, port, probed, text, type Verified, verified } from '../check-fields.ts'
import type { Endpoint } from '../endpoint.ts'
import { type HttpAction, httpAction } from './http.ts'
import type { CheckKind, ProbedAs } from './kind.ts'

type DnsDocument = ProbedAs<'dns'> &
  Verified & {
    readonly name: string
    readonly type?: string | undefined
    readonly rcode?: keyof typeof RCODE | undefined
    /** Records of which each has to be in the answer. */
    readonly answer?: string | readonly string[] | undefined
    readonly transport?: DnsTransport | undefined
    readonly port?: number | undefined
    /** DNS over HTTPS: the path of the endpoint. */
    readonly path?: string | undefined
    readonly host?: string | undefined
  }

/** `http` is DNS over HTTPS behind a proxy that ends TLS. */
type DnsTransport = (typeof TRANSPORTS)[number]
const TRANSPORTS = ['udp', 'tcp', 'https', 'http'] as const

export type DnsAction = {
  readonly kind: 'dns'
  /** With the final dot. */
  readonly name: string
  readonly type: number
  readonly rcode: number
  /** The text of records of which each has to be in the answer. */
  readonly answer?: readonly string[] | undefined
  /** The transport; for DNS over HTTPS the request, whose path lacks the query. */
  readonly via: 'udp' | 'tcp' | HttpAction
}

const name = v.pipe(
  text,
  v.rawCheck(({ dataset, addIssue }) => {
    const parsed = dataset.typed ? parseName(dataset.value, ROOT) : undefined
    if (parsed && !parsed.ok) addIssue({ message: parsed.error })
  }),
)
const TYPE_EXPECTED = 'expected a type of records, like "A", "SOA" or "TYPE65280"'
const type = v.pipe(
  text,
  v.check((value) => isDataType(value), TYPE_EXPECTED),
)

/** RFC 6895 §3.1: types from 128 to 255 are for questions alone, and OPT is for messages. */
function isDataType(value: string): boolean {
  const parsed = parseType(value)
  return parsed.ok && parsed.value > 0 && parsed.value !== TYPE.OPT && (parsed.value < 128 || parsed.value > 255)
}

const ANSWER = 'expected a record as in a zone file, like "192.0.2.1", or a list of them'
const records = v.pipe(
  v.array(v.string(ANSWER), ANSWER),
  v.minLength(1, 'the list is empty; expected at least one record, or no "answer"'),
  v.maxLength(MAX_EXPECTED_RECORDS, `expected at most ${MAX_EXPECTED_RECORDS} records`),
)
const answer = v.lazy((input) => {
  if (input === undefined) return v.union([v.string(), records])
  return Array.isArray(input) ? records : v.string(ANSWER)
}) as v.GenericSchema<string | string[]>

const DEFAULT_PORT = { udp: 53, tcp: 53, http: 80, https: 443 } as const

export const dns: CheckKind<DnsDocument, DnsAction> = {
  schema: object({
    kind: v.literal('dns'),
    ...probed,
    name,
    type: v.optional(type),
    rcode: v.optional(word(Object.keys(RCODE) as (keyof typeof RCODE)[])),
    answer: v.optional(answer),
    transport: v.optional(word(TRANSPORTS)),
    port: v.optional(port),
    path: v.optional(path),
    host: v.optional(host),
    ...verified,
  }),
  defaultPort: ({ transport = 'udp', port = DEFAULT_PORT[transport] }) => port,
  actionOf: dnsAction,
  contradiction,
  summary: ({ name }) => `dns ${name}`,
}

function dnsAction(document: DnsDocument, endpoint: Endpoint): DnsAction {
  const { transport = 'udp', rcode = 'NOERROR', host, serverName, verify, path = '/dns-query' } = document
  const name = parseName(document.name, ROOT)
  const type = typeOf(document)
  const request = { host, path, headers: { Accept: 'application/dns-message' } }
  const via =
    transport === 'https'
      ? httpAction({ kind: 'https', ...request, serverName, verify }, endpoint)
      : transport === 'http'
        ? httpAction({ kind: 'http', ...request }, endpoint)
        : transport
  const answer = answersOf(document).map((text) => recordText(type, text) ?? text)
  return {
    kind: 'dns',
    name: name.ok ? formatName(name.value) : document.name,
    type,
    rcode: RCODE[rcode],
    ...(answer.length > 0 && { answer }),
    via,
  }
}

const answersOf = ({ answer = [] }: DnsDocument): readonly string[] => [answer].flat()

/** Returns the type that is asked for. The schema has refused what is none. */
function typeOf({ type = 'A' }: DnsDocument): number {
  const parsed = parseType(type)
  return parsed.ok ? parsed.value : 0
}

/** Returns the canonical text of a record, or undefined if it is none. */
function recordText(type: number, text: string): string | undefined {
  const rdata = parseRdataText(type, text, ROOT)
  return rdata.ok && !rdata.value.blank ? rdata.value.text : undefined
}

function contradiction(document: DnsDocument): string | undefined {
  const { transport = 'udp', rcode = 'NOERROR', type = 'A' } = document
  const isHttp = transport === 'https' || transport === 'http'
  for (const field of ['path', 'host'] as const) {
    if (document[field] === undefined || isHttp) continue
    return `"${field}" belongs to DNS over HTTPS; expected "transport": "https" beside it`
  }
  for (const field of ['serverName', 'verify'] as const) {
    if (document[field] === undefined || transport === 'https') continue
    return `"${field}" belongs to TLS; expected "transport": "https" beside it`
  }
  const answers = answersOf(document)
  if (answers.length > 0 && rcode !== 'NOERROR') return `a reply ${rcode} has no "answer"; expected one of both`
  const wrong = answers.find((text) => recordText(typeOf(document), text) === undefined)
  return wrong === undefined ? undefined : `"${wrong.slice(0, 80)}" is not the data of a record of type ${type}`
}
