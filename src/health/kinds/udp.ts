import * as v from 'valibot'
import { MAX_DATAGRAM_CHARS } from '../../limits.ts'
import { object } from '../../schema.ts'
import { type Expected, expected, port, probed, text } from '../check-fields.ts'
import type { CheckKind, ProbedAs } from './kind.ts'

type Exchange = {
  readonly send: Octets
  /** Without it any reply is a success. */
  readonly expect?: ExpectedOctets | undefined
}

/** Text, or octets in hexadecimal. */
export type Octets = string | Hex
type Hex = { readonly hex: string }
export type ExpectedOctets = Expected | Hex

type UdpDocument = ProbedAs<'udp'> & Exchange & { readonly port: number }

export type UdpAction = Exchange & { readonly kind: 'udp' }

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

export const udp: CheckKind<UdpDocument, UdpAction> = {
  schema: object({ kind: v.literal('udp'), ...probed, port, send, expect: v.optional(expectedOctets) }),
  defaultPort: ({ port }) => port,
  actionOf: ({ send, expect }) => ({ kind: 'udp', send, expect }),
  searched: ({ expect }) => (expect && 'hex' in expect ? undefined : expect),
}
