import { type NameKey, type Rdata, TYPE } from '../dns/query-path.ts'

/** The octets of a name in lower case (RFC 4034 §6.2). */
export function wireOf(key: NameKey): Uint8Array<ArrayBuffer> {
  const wire = new Uint8Array(key.length)
  for (let i = 0; i < key.length; i++) wire[i] = key.charCodeAt(i)
  return wire
}

/**
 * Returns the RDATA of an rrset in canonical form and order (RFC 4034 §6.2, §6.3; RFC 6840 §5.1), each once.
 * Records that differ in the letter case of a name alone are one record.
 */
export function canonicalRdatas(type: number, rdatas: readonly Rdata[]): readonly Uint8Array[] {
  const [only] = rdatas
  if (only && rdatas.length === 1) return [canonicalRdata(type, only.bytes)]
  const sorted = rdatas.map(({ bytes }) => canonicalRdata(type, bytes)).sort(compareOctets)
  return sorted.filter((bytes, i) => i === 0 || compareOctets(bytes, sorted[i - 1] as Uint8Array) !== 0)
}

/** Returns the records of an rrset each once: a client that counts one twice gets another rrset than was signed. */
export function distinctRdatas(type: number, rdatas: readonly Rdata[]): readonly Rdata[] {
  if (rdatas.length < 2) return rdatas
  const kept = rdatas.length > MAX_COMPARED ? distinctOfMany(type, rdatas) : distinctOfFew(type, rdatas)
  return kept.length === rdatas.length ? rdatas : kept
}

/** To compare each with each is quicker for a few, and takes a second for the thousands that a message may have. */
const MAX_COMPARED = 16

function distinctOfFew(type: number, rdatas: readonly Rdata[]): Rdata[] {
  const kept: Rdata[] = []
  const seen: Uint8Array[] = []
  for (const rdata of rdatas) {
    const bytes = canonicalRdata(type, rdata.bytes)
    if (seen.some((other) => compareOctets(other, bytes) === 0)) continue
    seen.push(bytes)
    kept.push(rdata)
  }
  return kept
}

function distinctOfMany(type: number, rdatas: readonly Rdata[]): Rdata[] {
  const seen = new Set<string>()
  return rdatas.filter(({ bytes }) => {
    const text = canonicalRdata(type, bytes).join()
    return !seen.has(text) && seen.add(text)
  })
}

/** Compares octets from the left; a missing octet comes first. */
function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** The fields up to the last name of a type: octets, a character-string, a name, or A6's prefix. */
type Field = number | 'string' | 'name' | 'prefix'

/**
 * The types whose names count in lower case. RFC 6840 §5.1 takes NSEC out of the list of RFC 4034, and HINFO has no
 * names.
 */
const FIELDS: ReadonlyMap<number, readonly Field[]> = new Map<number, readonly Field[]>([
  ...[TYPE.NS, TYPE.MD, TYPE.MF, TYPE.CNAME, TYPE.MB, TYPE.MG, TYPE.MR, TYPE.PTR, TYPE.NXT, TYPE.DNAME].map(
    (type) => [type, ['name']] as const,
  ),
  ...[TYPE.SOA, TYPE.MINFO, TYPE.RP].map((type) => [type, ['name', 'name']] as const),
  ...[TYPE.MX, TYPE.AFSDB, TYPE.RT, TYPE.KX].map((type) => [type, [2, 'name']] as const),
  [TYPE.PX, [2, 'name', 'name']],
  [TYPE.SRV, [6, 'name']],
  [TYPE.NAPTR, [4, 'string', 'string', 'string', 'name']],
  [TYPE.SIG, [18, 'name']],
  [TYPE.A6, ['prefix', 'name']],
])

/** Returns the octets themselves where nothing is to be changed. */
function canonicalRdata(type: number, bytes: Uint8Array): Uint8Array {
  const fields = FIELDS.get(type)
  if (!fields) return bytes
  const lower = bytes.slice()
  let at = 0
  for (const field of fields) {
    if (field === 'name') at = lowerName(lower, at)
    else if (field === 'string') at += (lower[at] ?? 0) + 1
    else if (field === 'prefix') at += 17 - ((lower[at] ?? 0) >> 3)
    else at += field
  }
  return lower
}

/** Lowers the letters of the name there. Returns its end. */
function lowerName(bytes: Uint8Array, start: number): number {
  let at = start
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    const end = Math.min(at + 1 + length, bytes.length)
    for (let i = at + 1; i < end; i++) {
      const octet = bytes[i] as number
      if (octet >= 0x41 && octet <= 0x5a) bytes[i] = octet + 0x20
    }
    at = end
  }
  return at + 1
}
