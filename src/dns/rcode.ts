import { unreachable } from '../result.ts'
import { typeName } from './types.ts'

/** Response codes. Values above 15 are extended (RFC 6891 §6.1.3) and need an OPT record. */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  BADVERS: 16,
} as const

export type Rcode = (typeof RCODE)[keyof typeof RCODE]

export const rcodeName = (rcode: number): string =>
  Object.entries(RCODE).find(([, value]) => value === rcode)?.[0] ?? `RCODE${rcode}`

/** INFO-CODEs of RFC 8914 that we send (30 is RFC 9824's). */
export const EDE = {
  OTHER: 0,
  NOT_READY: 14,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  INVALID_QUERY_TYPE: 30,
} as const

/** An Extended DNS Error: a code of RFC 8914 §4, and a sentence for the person who debugs. */
export type ExtendedError = { readonly code: number; readonly text: string }

/** The reason why a reply is an error. */
export type QueryError =
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'bad-ecs'; readonly why: string }
  | { readonly kind: 'bad-version' }
  | { readonly kind: 'not-a-query-type'; readonly type: number }
  | { readonly kind: 'opcode' }
  | { readonly kind: 'mail-agent-type' }
  | { readonly kind: 'zone-transfer' }
  | { readonly kind: 'signed' }
  | { readonly kind: 'class' }
  | { readonly kind: 'not-our-zone' }
  | { readonly kind: 'prohibited' }
  | { readonly kind: 'not-ready'; readonly why: string }
  | { readonly kind: 'chain-too-long' }
  | { readonly kind: 'alias-target'; readonly why: string }
  | { readonly kind: 'policy'; readonly why: string; readonly refused?: true | undefined }
  | { readonly kind: 'too-large' }

/** Returns the name of a type in parentheses, if it has one. */
function mnemonicOf(type: number): string {
  const name = typeName(type)
  return name === `TYPE${type}` ? '' : ` (${name})`
}

/** Maps each error to its rcode and Extended DNS Error. No other place does. */
export function failure(error: QueryError): { readonly rcode: Rcode; readonly ede?: ExtendedError } {
  switch (error.kind) {
    case 'malformed':
    case 'bad-ecs':
      return { rcode: RCODE.FORMERR, ede: { code: EDE.OTHER, text: error.why } }
    case 'not-a-query-type':
      return {
        rcode: RCODE.FORMERR,
        ede: { code: EDE.INVALID_QUERY_TYPE, text: `type ${error.type}${mnemonicOf(error.type)} cannot be queried` },
      }
    case 'bad-version':
      return { rcode: RCODE.BADVERS }
    case 'opcode':
      return { rcode: RCODE.NOTIMP, ede: { code: EDE.NOT_SUPPORTED, text: 'only QUERY is implemented' } }
    case 'mail-agent-type':
      return { rcode: RCODE.NOTIMP, ede: { code: EDE.NOT_SUPPORTED, text: 'MAILA and MAILB are obsolete (RFC 973)' } }
    case 'zone-transfer':
      return { rcode: RCODE.REFUSED, ede: { code: EDE.NOT_SUPPORTED, text: 'no zone transfer over HTTP' } }
    case 'signed':
      return { rcode: RCODE.REFUSED, ede: { code: EDE.NOT_SUPPORTED, text: 'TSIG is not supported' } }
    case 'class':
      return { rcode: RCODE.REFUSED, ede: { code: EDE.NOT_SUPPORTED, text: 'only class IN is served' } }
    case 'not-our-zone':
      return { rcode: RCODE.REFUSED, ede: { code: EDE.NOT_AUTHORITATIVE, text: 'not in a zone served here' } }
    case 'prohibited':
      return { rcode: RCODE.REFUSED, ede: { code: EDE.PROHIBITED, text: 'the zone is not for this client' } }
    case 'not-ready':
      return { rcode: RCODE.SERVFAIL, ede: { code: EDE.NOT_READY, text: error.why } }
    case 'chain-too-long':
      return { rcode: RCODE.SERVFAIL, ede: { code: EDE.OTHER, text: 'CNAME chain is a loop or too long' } }
    case 'alias-target':
      return { rcode: RCODE.SERVFAIL, ede: { code: EDE.OTHER, text: error.why } }
    case 'policy':
      return { rcode: error.refused ? RCODE.REFUSED : RCODE.SERVFAIL, ede: { code: EDE.OTHER, text: error.why } }
    case 'too-large':
      return { rcode: RCODE.SERVFAIL, ede: { code: EDE.OTHER, text: 'the answer does not fit a DNS message' } }
    default:
      return unreachable(error)
  }
}
