import { MAX_CONVERSATION_BYTES } from '../limits.ts'
import { DEFAULT_BODY_BYTES, dnsContradiction, type Endpoint } from './action.ts'
import type { CheckDocument } from './check.ts'
import type { Expected } from './check-fields.ts'
import { PLACEHOLDER } from './check-further.ts'
import { type PatternSize, whyTooMuch } from './pattern.ts'

/**
 * Returns the error of fields that are valid one by one, but not together.
 * @param patternSize measures patterns; without it they count as validated
 */
export function contradiction(
  document: Exclude<CheckDocument, { kind: 'calculated' }>,
  patternSize: PatternSize | undefined,
): string | undefined {
  if (document.kind === 'push') return undefined
  const conflict = ofKind(document)
  if (conflict !== undefined) return conflict
  const [expected, octets] = searched(document)
  return patternSize && expected && 'matches' in expected
    ? whyTooMuch(expected.matches, octets, patternSize)
    : undefined
}

type Probed = Exclude<CheckDocument, { kind: 'calculated' | 'push' }>

function ofKind(document: Probed): string | undefined {
  switch (document.kind) {
    case 'http':
    case 'https':
      return ofHttp(document)
    case 'dns':
      return dnsContradiction(document)
    case 'grpc': {
      const field = (['serverName', 'verify'] as const).find((name) => document[name] !== undefined)
      return field && !document.tls ? `"${field}" belongs to TLS; expected "tls": true beside it` : undefined
    }
    case 'tcp':
    case 'tls':
    case 'udp':
    case 'icmp':
    case 'exec':
      return undefined
  }
}

function ofHttp(document: Extract<CheckDocument, { kind: 'http' | 'https' }>): string | undefined {
  if (document.host !== undefined && has(document.headers, 'host')) {
    return 'the header "Host" and "host" say the same; expected one of them'
  }
  if (document.userAgent !== undefined && has(document.headers, 'user-agent')) {
    return 'the header "User-Agent" and "userAgent" say the same; expected one of them'
  }
  return document.method === 'HEAD' && (document.body || document.weight || document.load)
    ? 'a reply to HEAD has no body; expected another "method", or no "body", "weight" and "load"'
    : undefined
}

const has = (headers: Readonly<Record<string, string>> | undefined, name: string): boolean =>
  Object.keys(headers ?? {}).some((key) => key.toLowerCase() === name)

/** Returns the text or pattern that a check searches for, and the number of octets that it searches. */
function searched(document: Probed): [Expected | undefined, number] {
  switch (document.kind) {
    case 'tcp':
      return [document.expect, MAX_CONVERSATION_BYTES]
    case 'udp':
      return [document.expect && 'hex' in document.expect ? undefined : document.expect, MAX_CONVERSATION_BYTES]
    case 'exec':
      return [document.output, MAX_CONVERSATION_BYTES]
    case 'http':
    case 'https':
      return [document.body, document.bytes ?? DEFAULT_BODY_BYTES]
    case 'tls':
    case 'dns':
    case 'icmp':
    case 'grpc':
      return [undefined, 0]
  }
}

/** Returns the error of a check that needs a port which neither it nor its target has. */
export const missingPort = (document: CheckDocument, { port }: Endpoint): string | undefined =>
  document.kind === 'exec' && port === 0 && document.command.some((part) => part.includes(PLACEHOLDER.port))
    ? `the command has ${PLACEHOLDER.port}, and the target has no port; expected a "port" in the check`
    : undefined
