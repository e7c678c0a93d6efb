import { TYPE } from '../dns/index.ts'
import { readName } from './wire-name.ts'

/** A part of RDATA: a name, a character-string, or as many octets. */
type Part = 'name' | 'string' | number

/**
 * The types whose data may have compressed names: those of RFC 1035, and the others that RFC 3597 §4 wants a receiver
 * to decompress, because older servers compressed them. What follows the parts stays as it is.
 */
const PARTS: ReadonlyMap<number, readonly Part[]> = new Map<number, readonly Part[]>([
  ...[TYPE.NS, TYPE.MD, TYPE.MF, TYPE.CNAME, TYPE.MB, TYPE.MG, TYPE.MR, TYPE.PTR, TYPE.DNAME].map(
    (type): [number, readonly Part[]] => [type, ['name']],
  ),
  ...[TYPE.SOA, TYPE.MINFO, TYPE.RP].map((type): [number, readonly Part[]] => [type, ['name', 'name']]),
  ...[TYPE.MX, TYPE.AFSDB, TYPE.RT, TYPE.KX].map((type): [number, readonly Part[]] => [type, [2, 'name']]),
  [TYPE.PX, [2, 'name', 'name']],
  [TYPE.SRV, [6, 'name']],
  [TYPE.NAPTR, [4, 'string', 'string', 'string', 'name']],
  [TYPE.SIG, [18, 'name']],
  [TYPE.RRSIG, [18, 'name']],
  [TYPE.NXT, ['name']],
  [TYPE.NSEC, ['name']],
])

/** Returns the data in message[start, end) with its names in full, or undefined if they cannot be read. */
export function readRdata(message: Uint8Array, type: number, start: number, end: number): Uint8Array | undefined {
  const parts = PARTS.get(type)
  if (!parts) return message.slice(start, end)
  const octets: number[] = []
  const take = (to: number): void => {
    for (; at < to; at++) octets.push(message[at] as number)
  }
  let at = start
  for (const part of parts) {
    if (part === 'name') {
      const read = readName(message, at)
      if (!read || read.end > end) return undefined
      octets.push(...read.name.wire)
      at = read.end
      continue
    }
    const to = at + (part === 'string' ? 1 + (message[at] ?? 0) : part)
    if (to > end) return undefined
    take(to)
  }
  take(end)
  return Uint8Array.from(octets)
}
