import { ok, type Result } from '../result.ts'
import { readNumber, toOctets } from './integers.ts'
import { type Layout, type RdataError, type RdataField, singleField } from './layout.ts'
import { base64, code, hexadecimal, mnemonic, parseNumber, u8, u16 } from './rdata-fields.ts'

/** Keys, digests, certificates: DS, DNSKEY (RFC 4034), CDS, CDNSKEY (RFC 8078), SSHFP (RFC 4255), CERT (RFC 4398). */

/** DNS Security Algorithm Numbers, in IANA's spelling and, where it differs, in BIND's too. */
const ALGORITHMS = new Map([
  ['RSAMD5', 1],
  ['DH', 2],
  ['DSA', 3],
  ['RSASHA1', 5],
  ['DSA-NSEC3-SHA1', 6],
  ['NSEC3DSA', 6],
  ['RSASHA1-NSEC3-SHA1', 7],
  ['NSEC3RSASHA1', 7],
  ['RSASHA256', 8],
  ['RSASHA512', 10],
  ['ECC-GOST', 12],
  ['ECCGOST', 12],
  ['ECDSAP256SHA256', 13],
  ['ECDSAP384SHA384', 14],
  ['ED25519', 15],
  ['ED448', 16],
  ['INDIRECT', 252],
  ['PRIVATEDNS', 253],
  ['PRIVATEOID', 254],
])

const algorithm = code('algorithm', 1, ALGORITHMS)

/** Name and length in octets of each digest, by its number in DS and CDS, and by its number in SSHFP. */
const DS_DIGESTS: ReadonlyMap<number, readonly [string, number]> = new Map([
  [1, ['SHA-1', 20]],
  [2, ['SHA-256', 32]],
  [3, ['GOST R 34.11-94', 32]],
  [4, ['SHA-384', 48]],
])
const SSHFP_DIGESTS: typeof DS_DIGESTS = new Map([
  [1, ['SHA-1', 20]],
  [2, ['SHA-256', 32]],
])

const DS_DIGEST_TYPES = new Map([
  ['SHA-1', 1],
  ['SHA-256', 2],
  ['SHA-384', 4],
  // BIND's spelling.
  ['SHA1', 1],
  ['SHA256', 2],
  ['GOST', 3],
  ['SHA384', 4],
])

/** Refuses a digest of the wrong length, cut or of another kind: it can match nothing. */
function digestLength(
  bytes: Uint8Array,
  numberAt: number,
  field: number,
  digests: typeof DS_DIGESTS,
): RdataError | undefined {
  const [name, octets] = digests.get(bytes[numberAt] as number) ?? []
  const found = bytes.length - numberAt - 1
  if (octets === undefined || found === octets) return undefined
  return { message: `a ${name} digest of ${found} octets; expected ${octets}, so ${2 * octets} digits`, field }
}

export const DS: Layout = {
  fields: [u16('key tag'), algorithm, code('digest type', 1, DS_DIGEST_TYPES), hexadecimal('digest')],
  check: (bytes) => digestLength(bytes, 3, 3, DS_DIGESTS),
}

export const SSHFP: Layout = {
  fields: [u8('algorithm'), u8('fingerprint type'), hexadecimal('fingerprint')],
  check: (bytes) => digestLength(bytes, 1, 2, SSHFP_DIGESTS),
}

/** The flags of a key by the names that BIND reads. */
const KEY_FLAGS: ReadonlyMap<string, number> = new Map([
  ['NOCONF', 0x4000],
  ['NOAUTH', 0x8000],
  ['NOKEY', 0xc000],
  ['EXTEND', 0x1000],
  ['ZONE', 0x0100],
  ['HOST', 0x0200],
  ['REVOKE', 0x0080],
  ['KSK', 0x0001],
])

/** A number, a hexadecimal number after `0x`, or names with bars between them: `ZONE|KSK`. */
const flags: RdataField = singleField(
  'flags',
  (text) => {
    const value = parseFlags(text)
    return value.ok ? ok(toOctets(value.value, 2)) : value
  },
  (bytes, at) => (at + 2 > bytes.length ? undefined : { text: String(readNumber(bytes, at, 2)), end: at + 2 }),
)

function parseFlags(text: string): Result<number> {
  const names = text.toUpperCase().split('|')
  if (names.every((name) => KEY_FLAGS.has(name))) {
    return ok(names.reduce((value, name) => value | (KEY_FLAGS.get(name) as number), 0))
  }
  return parseNumber(/^0x[0-9a-f]{1,4}$/i.test(text) ? String(Number(text)) : text, 65_535)
}

const PROTOCOLS = new Map([
  ['NONE', 0],
  ['TLS', 1],
  ['EMAIL', 2],
  ['DNSSEC', 3],
  ['IPSEC', 4],
  ['ALL', 255],
])
const protocol = code('protocol', 1, PROTOCOLS)

const publicKey = base64('public key')

/** RFC 2535 §3.1: flags of 0xc000 mean that there is no key. */
const keyOrNone: RdataField = {
  ...publicKey,
  takes: 'any',
  encode: (fields, at, origin) => (at < fields.length ? publicKey.encode(fields, at, origin) : ok(new Uint8Array())),
  decode: (bytes, at) => publicKey.decode(bytes, at) ?? { text: '', end: at },
}

export const KEY: Layout = {
  fields: [flags, protocol, algorithm, keyOrNone],
  check: (bytes) =>
    bytes.length > 4 || (bytes[0] as number) >= 0xc0
      ? undefined
      : { message: 'there is no public key; expected one in base64, or the flags NOKEY', field: 3 },
}

/** RFC 4034 §2.1.2: the protocol is 3; a key with any other is invalid. */
export const DNSKEY: Layout = {
  fields: [flags, protocol, algorithm, publicKey],
  check: (bytes) =>
    bytes[2] === 3 ? undefined : { message: `the protocol is ${bytes[2]}; expected 3 (RFC 4034 §2.1.2)`, field: 1 },
}

const CERTIFICATE_TYPES = new Map([
  ['PKIX', 1],
  ['SPKI', 2],
  ['PGP', 3],
  ['IPKIX', 4],
  ['ISPKI', 5],
  ['IPGP', 6],
  ['ACPKIX', 7],
  ['IACPKIX', 8],
  ['URI', 253],
  ['OID', 254],
])

/** Algorithms that BIND and Knot spell differently; neither reads the other's spelling. */
const DISPUTED = new Set([6, 7, 12])

/** The canonical text has mnemonics, as in the examples of RFC 4398: all servers read them. */
export const CERT: Layout = {
  fields: [
    mnemonic(code('type', 2, CERTIFICATE_TYPES), CERTIFICATE_TYPES),
    u16('key tag'),
    mnemonic(algorithm, new Map([...ALGORITHMS].filter(([, number]) => !DISPUTED.has(number)))),
    base64('certificate'),
  ],
}
