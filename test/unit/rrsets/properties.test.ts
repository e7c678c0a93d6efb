import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { healthCalls } from '../../../src/lua/index.ts'
import {
  agreed,
  createdZone,
  exportText,
  parseMetadata,
  parsePatch,
  parseSearch,
  patched,
  type Refusal,
  type Rrset,
  replacedZone,
  rrsetsOf,
  withMetadata,
  zoneInfo,
} from '../../../src/rrsets/index.ts'
import { compileZone, type ZoneDocument } from '../../../src/zone/index.ts'
import { compileSource, exportZone } from '../../../src/zonefile/index.ts'
import { runCount } from '../../effort.ts'
import { must } from '../support.ts'
import { zoneText } from '../zone/arbitraries.ts'
import { allRrsets, compiled, EMPTY, NOW, patch, tryPatch, zoneDocument } from './support.ts'

const SOA = { type: 'SOA' }
const OFF = { soa_edit_api: 'OFF' }

// --- what is read is what is written -------------------------------------------------------------------------------------

const zones = zoneText({ lua: true }).map((text): ZoneDocument | undefined => {
  const source = compileSource({ file: 'example.com.zone', text }, () => ({ ok: false, error: '' }))
  return source.ok ? { ...source.value.document, api: OFF } : undefined
})

/** The same answers without lists in lists. */
function flattened({ records }: ZoneDocument): ZoneDocument['records'] {
  const flat = (answer: unknown): unknown => {
    if (!Array.isArray(answer)) return answer
    const list = answer.flat()
    return list.length === 1 ? list[0] : list
  }
  const changed = (rrset: unknown): unknown =>
    typeof rrset === 'object' && rrset !== null && 'answer' in rrset
      ? { ...rrset, answer: flat(rrset.answer) }
      : flat(rrset)
  const all = (types: object) =>
    Object.fromEntries(Object.entries(types).map(([type, rrset]) => [type, changed(rrset)]))
  return Object.fromEntries(
    Object.entries(records).map(([owner, types]) => [owner, all(types)]),
  ) as ZoneDocument['records']
}

/** The records of a zone file, in no order, and without TTLs: all LUA records of a name get the least of theirs. */
const exportedLines = (document: ZoneDocument): readonly string[] =>
  exportZone({ ...document, records: flattened(document), api: undefined })
    .text.split('\n')
    .map((line) => line.replace(/^(\S+) +(\d+ +)?IN/, '$1 IN'))
    .sort()

describe('random zones', () => {
  test('each rrset is written back as it was read, and nothing changes', () => {
    fc.assert(
      fc.property(zones, (document) => {
        fc.pre(document !== undefined)
        for (const { rrset } of rrsetsOf(document)) {
          expect(patch(document, [{ ...rrset, changetype: 'REPLACE' }]).isChanged).toBe(false)
        }
        expect(agreed(document)).toBe(document)
        expect(must(replacedZone(document, { rrsets: allRrsets(document) }, { now: NOW })).isChanged).toBe(false)
        expect(exportText(document).split('\n').length).toBeGreaterThan(2)
      }),
      { numRuns: runCount(150) },
    )
  })

  test('rrsets that are written anew are read octet by octet, and answer as before', () => {
    fc.assert(
      fc.property(zones, (document) => {
        fc.pre(document !== undefined)
        const shown = rrsetsOf(document).filter(
          ({ rrset, readOnly }) => rrset.type !== SOA.type && readOnly === undefined,
        )
        const anew = shown.map(({ rrset }) => ({
          ...rrset,
          changetype: 'REPLACE',
          records: rrset.records.map(({ content }) => ({ content, modified_at: 1 })),
        }))
        const made = tryPatch(document, anew)
        // PowerDNS refuses some data that a zone file may have: CNAME beside code, host names of any octets.
        fc.pre(made.ok)
        const { document: after } = made.value
        compiled(after)
        const without = (rrsets: readonly Rrset[]) =>
          rrsets.map((rrset) => ({ ...rrset, records: rrset.records.map(({ content }) => content) }))
        expect(without(allRrsets(after))).toEqual(without(allRrsets(document)))
        expect(exportedLines(after)).toEqual(exportedLines(document))
        expect(agreed(after)).toBe(after)
      }),
      { numRuns: runCount(150) },
    )
  })
})

// --- against a model -----------------------------------------------------------------------------------------------------

const TYPES = ['A', 'AAAA', 'TXT', 'MX', 'LUA'] as const
const CONTENTS: Readonly<Record<(typeof TYPES)[number], readonly string[]>> = {
  A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  AAAA: ['2001:db8::1', '2001:DB8:0::2'],
  TXT: ['"a"', `"${'x'.repeat(300)}"`, '"\\097b" "C"', '"ä"'],
  MX: ['10 mail.example.com.', '10 MAIL2.example.com.'],
  LUA: [
    `A "pickrandom({'192.0.2.4','192.0.2.5'})"`,
    `A ";-- why\nreturn bestwho:toString()"`,
    `TXT "'text'"`,
    `TXT ";include('lib') return f and f() or 'none'"`,
    `LUA "function f() return 'one' end"`,
    'LUA "x = 1"',
    `AAAA "ifportup(443, {'2001:db8::9'})"`,
  ],
}
const NAMES = ['example.com.', 'www.example.com.', 'lib.example.com.', '*.w.example.com.', '__proto__.example.com.']

const recordOf = (type: (typeof TYPES)[number]) =>
  fc.record({
    content: fc.constantFrom(...CONTENTS[type]),
    disabled: fc.boolean(),
    modified_at: fc.option(fc.nat(), { nil: undefined, freq: 3 }),
  })
const comment = fc.record({ account: fc.constantFrom('ann', ''), content: fc.string(), modified_at: fc.nat() })
const ttl = fc.constantFrom(0, 60, 300)

const change = fc.constantFrom(...TYPES).chain((type) =>
  fc.record({
    name: fc.constantFrom(...NAMES),
    type: fc.constant(type),
    changetype: fc.constantFrom('REPLACE', 'REPLACE', 'DELETE', 'EXTEND', 'PRUNE', 'comments'),
    ttl,
    records: fc.uniqueArray(recordOf(type), { selector: ({ content }) => content, maxLength: 4 }),
    comments: fc.option(fc.array(comment, { maxLength: 2 }), { nil: undefined }),
  }),
)
type ModelChange = typeof change extends fc.Arbitrary<infer C> ? C : never
type ModelRrset = Pick<Rrset, 'ttl' | 'records' | 'comments'>

/** A model of PowerDNS's rrsets, as plain as it can be. */
class Model {
  readonly rrsets = new Map<string, ModelRrset>()

  apply({ name, type, changetype, ttl, records, comments }: ModelChange): object | undefined {
    const key = `${name} ${type}`
    const before = this.rrsets.get(key) ?? { ttl: 0, records: [], comments: [] }
    const [first] = records
    switch (changetype) {
      case 'DELETE':
        this.rrsets.delete(key)
        return { name, type, changetype }
      case 'REPLACE':
        this.set(key, { ttl: records.length > 0 ? ttl : before.ttl, records, comments: comments ?? before.comments })
        return { name, type, changetype, ttl, records, comments }
      case 'comments':
        this.set(key, { ...before, comments: comments ?? [] })
        return { name, type, changetype: 'REPLACE', comments: comments ?? [] }
      case 'EXTEND':
        if (!first) return undefined
        if (!before.records.some(({ content }) => content === first.content))
          this.set(key, { ...before, ttl, records: [...before.records, first] })
        return { name, type, changetype, ttl, records: [first] }
      default:
        if (!first) return undefined
        this.set(key, { ...before, records: before.records.filter(({ content }) => content !== first.content) })
        return { name, type, changetype, ttl, records: [first] }
    }
  }

  private set(key: string, rrset: ModelRrset): void {
    if (rrset.records.length + rrset.comments.length === 0) this.rrsets.delete(key)
    else this.rrsets.set(key, rrset)
  }
}

const plain = (rrset: ModelRrset) => ({
  ttl: rrset.records.length > 0 ? rrset.ttl : 0,
  records: rrset.records.map(({ content, disabled, modified_at }) => `${content} ${disabled} ${modified_at}`),
  comments: rrset.comments,
})

test('random changes give what a plain map of rrsets has', () => {
  fc.assert(
    fc.property(fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 12 }), (requests) => {
      let document = zoneDocument({}, { api: OFF })
      const model = new Model()
      for (const request of requests) {
        const once = new Map(request.map((one) => [`${one.name} ${one.type}`, one]))
        const rrsets = [...once.values()].flatMap((one) => model.apply(one) ?? [])
        const made = patch(document, rrsets)
        for (const owner of Object.keys(document.records)) {
          if (made.owners.includes(owner)) continue
          expect(made.document.records[owner]).toBe(document.records[owner])
        }
        document = made.document
      }
      const shown = allRrsets(document).filter(({ type }) => type !== SOA.type)
      const found = Object.fromEntries(shown.map((rrset) => [`${rrset.name} ${rrset.type}`, plain(rrset)]))
      const wanted = Object.fromEntries([...model.rrsets].map(([key, rrset]) => [key, plain(rrset)]))
      expect(found).toEqual(wanted)
      expect(agreed(document)).toBe(document)
      // One request gives the same answers as many.
      const whole = [...model.rrsets].map(([key, rrset]) => {
        const [name, type] = key.split(' ')
        return { name, type, changetype: 'REPLACE', ...rrset }
      })
      const once = patch(zoneDocument({}, { api: OFF }), whole).document
      expect(once.records).toEqual(document.records)
      expect(once.scripts).toEqual(document.scripts)
      expect(once.api).toEqual(document.api)
    }),
    { numRuns: runCount(300) },
  )
})

// --- hostile bodies ------------------------------------------------------------------------------------------------------

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    -1,
    2 ** 53,
    1e308,
    '',
    '.',
    '..',
    'a.',
    '\ud800',
    '\0',
    '__proto__',
    'x'.repeat(5000),
    [],
    {},
  ),
)
const text = (...usual: readonly string[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom<unknown>(...usual) }, odd)
const hostileRecord = fc.oneof(
  odd,
  fc.dictionary(fc.constantFrom('content', 'disabled', 'modified_at', 'priority', '__proto__'), odd),
  fc.record({
    content: text(
      '192.0.2.1',
      '"a',
      'A "',
      'A ";x"',
      'LUA LUA',
      'A "\\"',
      '\\# 4 00',
      '10 .',
      '@',
      '. . 1 2 3 4 5',
      `A "${'('.repeat(300)}"`,
    ),
  }),
)
const hostileRrset = fc.oneof(
  odd,
  fc.record({
    name: text(...NAMES, 'example.com', 'a.example.org.', '\\000.example.com.', 'ä.example.com.', '*.*.example.com.'),
    type: text(...TYPES, 'SOA', 'NS', 'CNAME', 'DNAME', 'DS', 'TYPE0', 'TYPE65535', 'ANY', 'RRSIG', 'constructor'),
    changetype: text('REPLACE', 'DELETE', 'EXTEND', 'PRUNE'),
    ttl: fc.oneof(ttl, odd),
    records: fc.oneof(fc.array(hostileRecord, { maxLength: 3 }), odd),
    comments: fc.oneof(fc.array(odd, { maxLength: 2 }), odd),
  }),
)
const hostile = fc.oneof(
  odd,
  fc.record(
    {
      rrsets: fc.oneof(fc.array(hostileRrset, { maxLength: 3 }), odd),
      name: text('example.org.', 'example.com.'),
      kind: text('Native', 'Slave'),
      zone: text('', '@ IN A 192.0.2.1', '"', '$INCLUDE x', '$GENERATE 0-99999999 a A 192.0.2.1', '('),
      nameservers: fc.oneof(fc.array(text('ns.example.net.'), { maxLength: 2 }), odd),
      masters: fc.oneof(fc.array(text('192.0.2.1'), { maxLength: 2 }), odd),
      metadata: fc.oneof(fc.array(text('1'), { maxLength: 2 }), odd),
      ...Object.fromEntries(
        ['account', 'catalog', 'soa_edit', 'soa_edit_api', 'serial', 'dnssec', 'nsec3param'].map((key) => [key, odd]),
      ),
    },
    { requiredKeys: [] },
  ),
)

const isRight = (refusal: Refusal): boolean =>
  [400, 409, 422].includes(refusal.status) && refusal.error !== '' && refusal.error.length < 20_000

test('hostile bodies are refused with a reason, and what is taken is a document', () => {
  const base = zoneDocument({ ...EMPTY, ro: { ALIAS: { kind: 'random', of: ['a.', 'b.'] } } })
  const tally = { taken: 0, refused: 0 }
  fc.assert(
    fc.property(hostile, fc.constantFrom('X-A', 'SOA-EDIT', '__proto__'), (body, kind) => {
      const changes = parsePatch(body)
      const metadata = parseMetadata(body, kind)
      const after = changes.ok ? patched(base, changes.value, { now: NOW }) : changes
      const replaced = replacedZone(base, body, { now: NOW })
      const created = createdZone(body, { now: NOW })
      const results = [
        changes,
        after,
        replaced,
        created,
        metadata,
        metadata.ok ? withMetadata(base, kind, metadata.value.metadata, true) : metadata,
        parseSearch({ q: String((body as { name?: unknown } | null)?.name) }),
      ]
      for (const result of results) {
        if (!result.ok) {
          tally.refused++
          expect(result.error).toSatisfy(isRight)
        } else tally.taken++
      }
      for (const made of [after, replaced]) {
        if (!made.ok) continue
        rrsetsOf(made.value.document)
        zoneInfo(agreed(made.value.document))
        // Only limits of the engine are left for its compiler.
        compileZone(JSON.parse(JSON.stringify(made.value.document)), { healthCalls })
      }
      if (created.ok) zoneInfo(created.value)
    }),
    { numRuns: runCount(5000) },
  )
  expect(tally.taken).toBeGreaterThan(100)
  expect(tally.refused).toBeGreaterThan(100)
})

test('a change of one name in 10,000 leaves all others the same objects', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => [`n${i}`, { A: `192.0.2.${i % 250}` }] as const)
  const document = zoneDocument({ ...EMPTY, ...Object.fromEntries(names) })
  const { document: after, owners } = patch(document, [
    { name: 'n77.example.com.', type: 'A', changetype: 'REPLACE', ttl: 60, records: [{ content: '192.0.2.9' }] },
  ])
  expect(owners).toEqual(['n77'])
  const changed = Object.keys(after.records).filter((owner) => after.records[owner] !== document.records[owner])
  expect(changed).toEqual(['n77'])
})
