import type { Files } from './server.ts'

/** The zone of the table: a name for each kind of answer. */
export const TABLE_ORIGIN = 'table.example'

const soa = { mname: 'ns1', rname: 'hostmaster', serial: 7, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 }

const nearby = {
  kind: 'view',
  rules: [
    { networks: ['198.18.64.0/18'], answer: '192.0.2.2' },
    { networks: ['198.18.0.0/16', '2001:db8:1::/48'], answer: '192.0.2.1' },
    { networks: ['203.0.113.128/25', '2001:db8::/32'], answer: '192.0.2.3' },
  ],
  otherwise: '192.0.2.4',
}

/** The longest network wins. */
const LONGEST = {
  kind: 'networks',
  networks: Object.fromEntries(nearby.rules.flatMap(({ networks, answer }) => networks.map((one) => [one, answer]))),
  otherwise: nearby.otherwise,
}

const MEMBERS = ['192.0.2.11', '192.0.2.12', '192.0.2.13']
const pool = (select: string, members: readonly string[] = MEMBERS) => ({ kind: 'pool', check: 'web', select, members })

const document = {
  origin: TABLE_ORIGIN,
  ttl: 300,
  soa,
  checks: { web: { kind: 'push' } },
  records: {
    '@': { NS: ['ns1', 'ns2.example.net.'], MX: ['10 view', '20 mail.example.net.'], TXT: '"v=spf1 -all"' },
    ns1: { A: '192.0.2.53', AAAA: '2001:db8::53' },
    static: {
      A: ['192.0.2.7', '192.0.2.8'],
      AAAA: '2001:db8::7',
      SRV: '1 2 443 view',
      CAA: '0 issue "ca.example.net"',
    },
    view: { A: nearby },
    longest: { A: LONGEST, TXT: '"beside"' },
    some: {
      A: { kind: 'view', rules: [{ networks: ['198.18.0.0/17'], answer: [] }], otherwise: '192.0.2.9' },
    },
    hashed: { A: { kind: 'hashed', of: MEMBERS } },
    ring: {
      A: { kind: 'consistent-hashed', members: MEMBERS.map((answer, at) => ({ weight: at + 1, answer })) },
    },
    byname: { A: { kind: 'name-hashed', members: MEMBERS.map((answer) => ({ weight: 1, answer })) } },
    random: { A: { kind: 'random', of: MEMBERS } },
    weighted: { A: { kind: 'weighted', members: MEMBERS.map((answer, at) => ({ weight: at + 1, answer })) } },
    all: { A: pool('all') },
    first: { A: pool('first') },
    poolhash: { A: pool('hashed') },
    failover: {
      A: {
        kind: 'failover',
        pools: [pool('all', ['192.0.2.11']), pool('all', ['192.0.2.12', '192.0.2.13'])],
        whenDown: { answer: '203.0.113.99' },
      },
    },
    script: {
      A: {
        kind: 'lua',
        code: ";if netmask({'198.18.128.0/17'}) then return '192.0.2.21' end return {'192.0.2.22', '192.0.2.23'}",
      },
      TXT: { kind: 'lua', code: 'ecswho and ecswho:toString() or "none"' },
    },
    chain: { CNAME: 'view' },
    steered: {
      CNAME: {
        kind: 'view',
        rules: [{ networks: ['198.18.0.0/16'], answer: 'hashed' }],
        otherwise: 'www.example.net.',
      },
    },
    flat: { ALIAS: 'longest' },
    web: { HTTPS: '1 . alpn=h2 ipv4hint=auto', A: nearby },
    '*.wild': { A: nearby, TXT: '"wild"' },
    'deep.empty': { A: '192.0.2.31' },
    moved: { DNAME: 'wild' },
    sub: { NS: ['ns.sub', 'ns2.example.net.'] },
    'ns.sub': { A: '192.0.2.54' },
  },
}

export const TABLE_ZONE: Files = { 'table.example.json': JSON.stringify(document) }

/**
 * The questions of clients: all questions have one answer for a client, but for those with `among`, whose answers are a
 * matter of chance.
 */
export type TableQuestion = { readonly name: string; readonly type: string; readonly among?: readonly string[] }

export const QUESTIONS: readonly TableQuestion[] = [
  ...['static', 'view', 'longest', 'some', 'hashed', 'ring', 'byname', 'all', 'first', 'poolhash', 'failover'].map(
    (name) => ({ name, type: 'A' }),
  ),
  ...['static', 'view'].map((name) => ({ name, type: 'AAAA' })),
  { name: 'random', type: 'A', among: MEMBERS },
  { name: 'weighted', type: 'A', among: MEMBERS },
  { name: 'script', type: 'A' },
  { name: 'script', type: 'TXT' },
  { name: 'chain', type: 'A' },
  { name: 'steered', type: 'A' },
  { name: 'steered', type: 'CNAME' },
  { name: 'flat', type: 'A' },
  { name: 'flat', type: 'AAAA' },
  // dns-packet knows this type, HTTPS, by its number alone.
  { name: 'web', type: 'UNKNOWN_65' },
  { name: 'a.b.wild', type: 'A' },
  { name: 'x.wild', type: 'TXT' },
  { name: 'x.wild', type: 'MX' },
  { name: 'empty', type: 'A' },
  { name: 'deep.empty', type: 'A' },
  { name: 'x.moved', type: 'A' },
  { name: 'x.sub', type: 'A' },
  { name: 'nothing', type: 'A' },
  { name: '', type: 'MX' },
  { name: '', type: 'TXT' },
  { name: '', type: 'NS' },
  { name: 'static', type: 'SRV' },
  { name: 'static', type: 'CAA' },
].map((question) => ({ ...question, name: `${question.name}.${TABLE_ORIGIN}`.replace(/^\./, '') }))

/** The targets that are down, for each half of the table. */
export const DOWN: readonly (readonly string[])[] = [[], ['192.0.2.11']]

/** 100 networks: at borders of views and between them, of many lengths, of both families. */
export const NETWORKS: readonly string[] = [
  ...Array.from({ length: 32 }, (_, i) => `198.18.${i * 8}.0/24`),
  ...Array.from({ length: 16 }, (_, i) => `198.${18 + (i % 2)}.${i * 16}.${i * 16}/32`),
  ...Array.from({ length: 8 }, (_, i) => `198.18.${i * 32}.0/${19 + (i % 4)}`),
  ...Array.from({ length: 8 }, (_, i) => `203.0.113.${i * 32}/27`),
  ...Array.from({ length: 8 }, (_, i) => `${8 + i * 30}.1.0.0/16`),
  ...Array.from({ length: 14 }, (_, i) => `2001:db8:${i}::/48`),
  ...Array.from({ length: 8 }, (_, i) => `2001:db8:1:${i}::/56`),
  ...Array.from({ length: 6 }, (_, i) => `2a0${i}:1234::/32`),
].map(masked)

/** Clears the bits that the length cuts off: a query may not have them. */
function masked(network: string): string {
  const [address = '', length = ''] = network.split('/')
  if (address.includes(':')) return network.replace(/:[0-7]::\/56/, '::/56')
  const octets = address.split('.').map(Number)
  const kept = octets.map((octet, at) => octet & (0xff00 >> Math.min(8, Math.max(0, Number(length) - 8 * at))) & 0xff)
  return `${kept.join('.')}/${length}`
}
