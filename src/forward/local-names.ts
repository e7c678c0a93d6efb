import {
  isSubdomain,
  type Name,
  type NameKey,
  NO_RECORDS,
  parseName,
  parseRdataText,
  RCODE,
  type Response,
  type Rrset,
  TYPE,
} from '../dns/index.ts'
import { DISCOVERY_NAME } from './discovery.ts'

/**
 * Answers for names that never belong to the Internet's root: whoever sends them on tells others what happens at home,
 * or asks for something that cannot be. Returns undefined for any other name.
 *
 * `localhost` and names below are this host (RFC 6761 §6.3); `invalid`, `onion` (RFC 7686) and names below `test` do
 * not exist; private reverse zones (RFC 6303, RFC 7793), `home.arpa` (RFC 8375) and `resolver.arpa` (RFC 9462 §6.4) are
 * zones of their own without hosts.
 * @param designated the record of `_dns.resolver.arpa`, if the endpoint's name is known
 */
export function localAnswer(name: Name, type: number, designated?: Rrset): Response | undefined {
  // All of them end with a label of these; most names do not, and need no look-up.
  if (!LAST_LABELS.test(name.key)) return undefined
  const origin = originOf(name.key)
  return origin === undefined ? undefined : answerIn(origin, name, type, designated)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a key has the lengths of labels as octets
const LAST_LABELS = /\x09localhost\0$|\x07invalid\0$|\x05onion\0$|\x04test\0$|\x04arpa\0$/

const TTL = 10_800

const key = (text: string): NameKey => nameOf(text).key

function nameOf(text: string): Name {
  const name = parseName(`${text}.`)
  if (!name.ok) throw new Error(name.error)
  return name.value
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

const ZEROS = Array.from({ length: 31 }, () => '0').join('.')

const LOCALHOST = 'localhost'
const NOWHERE = ['invalid', 'onion']
/** RFC 6303 §4, RFC 7793, RFC 8375, RFC 9462. */
const EMPTY_ZONES = [
  ...['test', 'home.arpa', 'resolver.arpa'],
  ...['0', '10', '127', '254.169', '2.0.192', '100.51.198', '113.0.203', '168.192', '255.255.255.255'].map(inAddr),
  ...range(16, 31).map((octet) => inAddr(`${octet}.172`)),
  ...range(64, 127).map((octet) => inAddr(`${octet}.100`)),
  ...[`0.${ZEROS}`, `1.${ZEROS}`, 'd.f', '8.e.f', '9.e.f', 'a.e.f', 'b.e.f', '8.b.d.0.1.0.0.2'].map(
    (nibbles) => `${nibbles}.ip6.arpa`,
  ),
]

function inAddr(reversed: string | number): string {
  return `${reversed}.in-addr.arpa`
}

const DISCOVERY_KEY = key(DISCOVERY_NAME)

/** Names in these zones that exist, and the one record that they have, if any. */
const HOSTS: ReadonlyMap<NameKey, Rrset | undefined> = new Map([
  [DISCOVERY_KEY, undefined],
  ...[inAddr('1.0.0.127'), `1.${ZEROS}.ip6.arpa`].map((text): [NameKey, Rrset] => [
    key(text),
    rrset(nameOf(text), TYPE.PTR, 'localhost.'),
  ]),
])

/** The origins by their keys. */
const ORIGINS: ReadonlyMap<NameKey, Name> = new Map(
  [LOCALHOST, ...NOWHERE, ...EMPTY_ZONES].map((text) => [key(text), nameOf(text)]),
)

function originOf(name: NameKey): Name | undefined {
  for (let at = 0; at < name.length; at += name.charCodeAt(at) + 1) {
    const origin = ORIGINS.get(name.slice(at))
    if (origin) return origin
  }
  return undefined
}

function answerIn(origin: Name, name: Name, type: number, designated: Rrset | undefined): Response {
  if (origin.key === key(LOCALHOST)) return answered(origin, localhost(name, type))
  if (NOWHERE.some((text) => origin.key === key(text))) return negative(origin, RCODE.NXDOMAIN)
  if (name.key === origin.key) return answered(origin, apex(origin, type))
  const host = name.key === DISCOVERY_KEY ? designated : HOSTS.get(name.key)
  if (HOSTS.has(name.key)) return answered(origin, host?.type === type ? host : undefined)
  const isEmptyNonTerminal = [...HOSTS.keys()].some((other) => isSubdomain(other, name.key))
  return negative(origin, isEmptyNonTerminal ? RCODE.NOERROR : RCODE.NXDOMAIN)
}

function localhost(name: Name, type: number): Rrset | undefined {
  if (type === TYPE.A) return rrset(name, type, '127.0.0.1')
  return type === TYPE.AAAA ? rrset(name, type, '::1') : undefined
}

function apex(origin: Name, type: number): Rrset | undefined {
  const host = HOSTS.get(origin.key)
  if (host && host.type === type) return host
  if (type === TYPE.SOA) return soaOf(origin)
  return type === TYPE.NS ? rrset(origin, TYPE.NS, 'localhost.') : undefined
}

const answered = (origin: Name, found: Rrset | undefined): Response =>
  found
    ? { ...NO_RECORDS, rcode: RCODE.NOERROR, authoritative: true, answer: [found] }
    : negative(origin, RCODE.NOERROR)

const negative = (origin: Name, rcode: typeof RCODE.NOERROR | typeof RCODE.NXDOMAIN): Response => ({
  ...NO_RECORDS,
  ...{ rcode, authoritative: true, authority: [soaOf(origin)] },
})

/** RFC 6303 §3. */
const soaOf = (origin: Name): Rrset => rrset(origin, TYPE.SOA, 'localhost. nobody.invalid. 1 3600 1200 604800 10800')

function rrset(owner: Name, type: number, text: string): Rrset {
  const rdata = parseRdataText(type, text)
  if (!rdata.ok) throw new Error(rdata.error.message)
  return { owner, type, ttl: TTL, rdatas: [rdata.value] }
}
