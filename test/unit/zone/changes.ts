import { compileCorpus, corpusFiles } from '../zonefile/corpus-support.ts'

type Document = Readonly<Record<string, unknown>> & { readonly records: Readonly<Record<string, unknown>> }

/** Zones with every kind of answer, as zone files have them. */
export const corpusDocuments: readonly Document[] = corpusFiles.flatMap((file) => {
  const compiled = compileCorpus(file)
  return compiled.ok ? [compiled.value.document as unknown as Document] : []
})

const ring = (weight: number) => ({
  kind: 'consistent-hashed',
  members: [
    { weight, answer: '192.0.2.1' },
    { weight: 3, answer: '192.0.2.2' },
  ],
})
const pool = (check: unknown) => ({
  kind: 'pool',
  check,
  select: 'random',
  members: [{ answer: '192.0.2.1' }, { answer: '192.0.2.7' }],
})

/** Rrsets of a name: some lead elsewhere, some give warnings, some are wrong. */
const TYPES: readonly unknown[] = [
  { A: '192.0.2.1' },
  { A: ['192.0.2.1', '192.0.2.2'], AAAA: '2001:db8::1' },
  { A: { ttl: '1h', answer: '192.0.2.3' }, TXT: 'a' },
  { A: { ttl: [10, 60], answer: pool({ kind: 'tcp', port: 443 }) } },
  { A: pool({ kind: 'http', host: 'www.example.com', body: { matches: 'o+k' } }) },
  { A: pool({ kind: 'https', host: 'x.example.com', address: '10.0.0.1' }) },
  {
    A: {
      kind: 'view',
      rules: [{ networks: ['10.0.0.0/8'], answer: pool({ kind: 'tcp', port: 80 }) }],
      otherwise: '192.0.2.4',
    },
  },
  {
    A: {
      kind: 'weighted',
      members: [
        { weight: 1, answer: '192.0.2.1' },
        { weight: 2, answer: '192.0.2.2' },
      ],
    },
  },
  { A: { kind: 'geo', rules: [{ countries: ['DE'], answer: '192.0.2.1' }], otherwise: '192.0.2.2' } },
  { A: ring(7), AAAA: '2001:db8::2' },
  { TXT: `"${'x'.repeat(300)}"`, CAA: '0 isue "x"' },
  { HTTPS: '1 . alpn=h2 ipv4hint=auto', A: '192.0.2.5' },
  { NS: ['ns.example.net.', 'ns2'] },
  { NS: 'ns.example.net.', DS: `1 8 2 ${'ab'.repeat(32)}` },
  { DNAME: 'example.net.' },
  { CNAME: 'www' },
  { DS: `1 8 2 ${'ab'.repeat(32)}` },
  {},
  { CNAME: 'www', A: '192.0.2.1' },
  { CNAME: ['a', 'b'] },
  { A: '192.0.2' },
  { A: pool('nowhere') },
  { SOA: 'x' },
  { A: 7 },
  [],
]

const OWNERS = [
  '@',
  'a',
  'b.a',
  'c.b.a',
  '*.a',
  '*',
  'www',
  'WWW',
  'sub',
  'ns.sub',
  'x..y',
  'out.example.org.',
  '__proto__',
  'z',
]

const SHELLS: readonly Readonly<Record<string, unknown>>[] = [
  { ttl: 77 },
  { ttl: '1h' },
  { checks: { web: { kind: 'tcp', port: 8443 } } },
  { health: { whenStale: 'up' } },
  { health: { dns: true } },
  { guard: { share: 0.2 } },
  { guard: { share: 2 } },
  { clientSubnet: 'on' },
  { clientSubnet: ['x'] },
  { $schema: 'x' },
  { maps: {} },
  { scripts: {} },
  { more: 1 },
]

/** Draws changes of documents, which share what they do not change. */
export class Changes {
  private readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  some<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** A change of one to three names and of the serial, which now and then changes more. */
  of(document: Document): Document {
    const entries = new Map(Object.entries(document.records))
    for (let i = 0; i <= this.below(3); i++) {
      const owner = this.below(2) === 0 ? this.some(OWNERS) : this.some([...entries.keys(), 'a'])
      if (this.below(4) === 0) entries.delete(owner)
      // An error ends a version: most changes have none.
      else entries.set(owner, this.some(this.below(5) === 0 ? TYPES : TYPES.slice(0, -7)))
    }
    const records = Object.fromEntries(this.below(20) === 0 ? [...entries].reverse() : entries)
    const soa = { ...(document.soa as object), serial: this.below(2 ** 32) }
    const changed = { ...document, soa, records, ...(this.below(15) === 0 ? this.some(SHELLS) : {}) }
    return this.below(15) === 0 ? JSON.parse(JSON.stringify(changed)) : changed
  }
}
