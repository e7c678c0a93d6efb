import packet from 'dns-packet'
import { escapeBytes } from './presentation.ts'

/**
 * dns-packet's codec for the RDATA of one type. It trusts its input (it writes 231.1.1.1 for 999.1.1.1), so that
 * callers validate first.
 */
type Codec = { encode(data: unknown): Buffer; decode(bytes: Buffer): unknown }
const codec = (type: string): Codec => (packet as unknown as { record(type: string): Codec }).record(type)

/** RDATA without its length, to be copied by the caller. */
export function encodeStandard(type: string, data: unknown): Uint8Array {
  return codec(type).encode(data).subarray(2)
}

/** Presentation text of RDATA, or undefined where it is not of that type. Callers encode it again and compare. */
export function decodeStandard(type: string, bytes: Uint8Array): string | undefined {
  try {
    return toText(
      type,
      codec(type).decode(Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])),
    )
  } catch {
    return undefined
  }
}

// biome-ignore lint/suspicious/noExplicitAny: dns-packet's data has another shape for each type
function toText(type: string, data: any): string {
  const name = (text: string) => (text === '.' ? text : `${text}.`)
  switch (type) {
    case 'A':
    case 'AAAA':
      return data
    case 'MX':
      return `${data.preference} ${name(data.exchange)}`
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${name(data.target)}`
    case 'SOA':
      return `${name(data.mname)} ${name(data.rname)} ${data.serial} ${data.refresh} ${data.retry} ${data.expire} ${data.minimum}`
    case 'TXT':
      return (data as Buffer[]).map((string) => `"${escapeBytes(string, '"\\')}"`).join(' ')
    case 'CAA':
      return `${data.flags} ${data.tag} "${escapeBytes(Buffer.from(data.value), '"\\')}"`
    default:
      return name(data)
  }
}
