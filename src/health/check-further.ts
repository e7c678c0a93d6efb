import * as v from 'valibot'
import { parseName, parseType, RCODE, ROOT, TYPE } from '../dns/index.ts'
import {
  MAX_COMMAND_CHARS,
  MAX_COMMAND_PARTS,
  MAX_DATAGRAM_CHARS,
  MAX_EXPECTED_RECORDS,
  MAX_QUOTED_CHARS,
} from '../limits.ts'
import { object, word } from '../schema.ts'
import { type Expected, expected, host, path, port, text, type Verified, verified, whole } from './check-fields.ts'

// Kinds of checks beyond TCP, TLS and HTTP. docs/health.md says which of them need an agent.

export type DnsDocument = Verified & {
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
export type DnsTransport = (typeof TRANSPORTS)[number]
const TRANSPORTS = ['udp', 'tcp', 'https', 'http'] as const

export type UdpDocument = {
  readonly port: number
  readonly send: Octets
  /** Without it any reply is a success. */
  readonly expect?: ExpectedOctets | undefined
}

/** Text, or octets in hexadecimal. */
export type Octets = string | Hex
type Hex = { readonly hex: string }
export type ExpectedOctets = Expected | Hex

export type GrpcDocument = Verified & {
  readonly port: number
  /** The service to ask about; the default is the server as a whole. */
  readonly service?: string | undefined
  readonly tls?: boolean | undefined
  /** The :authority of the request. */
  readonly host?: string | undefined
}

export type ExecDocument = {
  /** The program, then its arguments. */
  readonly command: readonly string[]
  readonly exitStatus?: number | undefined
  readonly output?: Expected | undefined
  readonly port?: number | undefined
}

/** The texts in a command that an agent replaces: gdnsd's name of the target, and its port. */
export const PLACEHOLDER = { item: '%%ITEM%%', port: '%%PORT%%' } as const

// --- dns ------------------------------------------------------------------------------------------------------------

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

export const dnsFields = {
  name,
  type: v.optional(type),
  rcode: v.optional(word(Object.keys(RCODE) as (keyof typeof RCODE)[])),
  answer: v.optional(answer),
  transport: v.optional(word(TRANSPORTS)),
  port: v.optional(port),
  path: v.optional(path),
  host: v.optional(host),
  ...verified,
}

// --- udp ------------------------------------------------------------------------------------------------------------

const HEX = 'expected octets in hexadecimal, like "00ff"'
const hex = v.pipe(
  v.string(HEX),
  v.regex(/^(?:[0-9A-Fa-f]{2})+$/, HEX),
  v.maxLength(2 * MAX_DATAGRAM_CHARS, `expected at most ${MAX_DATAGRAM_CHARS} octets`),
)
const datagram = v.pipe(text, v.maxLength(MAX_DATAGRAM_CHARS, `expected at most ${MAX_DATAGRAM_CHARS} characters`))
const SEND = 'expected text, or { "hex": "00ff" }'
const send = v.lazy((input) => {
  if (input === undefined) return v.union([datagram, object({ hex })], SEND)
  return typeof input === 'object' && input !== null ? object({ hex }) : v.pipe(v.string(SEND), datagram)
}) as v.GenericSchema<Octets>
const expectedOctets = v.lazy((input) => {
  if (input === undefined) return v.union([expected, object({ hex })])
  return typeof input === 'object' && input !== null && 'hex' in input ? object({ hex }) : expected
}) as v.GenericSchema<ExpectedOctets>

export const udpFields = { port, send, expect: v.optional(expectedOctets) }

// --- grpc -----------------------------------------------------------------------------------------------------------

const SERVICE = 'expected the name of a service, like "shop.v1.Orders"'
export const grpcFields = {
  port,
  service: v.optional(v.pipe(text, v.regex(/^[\x21-\x7e]{0,250}$/, SERVICE))),
  tls: v.optional(v.boolean('expected true or false')),
  host: v.optional(host),
  ...verified,
}

// --- exec -----------------------------------------------------------------------------------------------------------

const COMMAND = 'expected a list of a program and its arguments, like ["/usr/local/bin/check", "%%ITEM%%"]'
const PROGRAM = 'expected the whole path of a program, like "/usr/local/bin/check"'
const command = v.pipe(
  v.array(v.string(COMMAND), COMMAND),
  v.minLength(1, COMMAND),
  v.maxLength(MAX_COMMAND_PARTS, `expected at most ${MAX_COMMAND_PARTS} parts; write a script for more`),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = dataset.typed && dataset.value.length > 0 ? commandError(dataset.value) : undefined
    if (message !== undefined) addIssue({ message })
  }),
)

function commandError([program = '', ...parts]: readonly string[]): string | undefined {
  if (!/^\/[^%]*[^/%]$/.test(program)) return `"${program.slice(0, MAX_QUOTED_CHARS)}" is not a program; ${PROGRAM}`
  const all = [program, ...parts].join('')
  if (all.includes('\0')) return 'the command has a zero octet, which ends a text for the system; expected none'
  if (all.length > MAX_COMMAND_CHARS)
    return `the command has ${all.length} characters; expected at most ${MAX_COMMAND_CHARS}`
  const known: readonly string[] = Object.values(PLACEHOLDER)
  const unknown = parts.flatMap((part) => part.match(/%%[A-Za-z]+%%/g) ?? []).find((found) => !known.includes(found))
  return unknown && `${unknown.slice(0, MAX_QUOTED_CHARS)} stands for nothing; expected ${known.join(' or ')}`
}

export const execFields = {
  command,
  exitStatus: v.optional(whole(0, 255)),
  output: v.optional(expected),
  port: v.optional(port),
}
