import { expect, test } from 'vitest'
import {
  AliasBook,
  type AliasDocument,
  formatAliases,
  parseAliases,
  unresolvedAliases,
} from '../../../src/aliases/index.ts'
import { must } from '../must.ts'

const T = 1_000_000_000
const DAY = 86_400_000
const NAME = 'lb.example.net.'
const A = { name: NAME, type: 'A' } as const
const AAAA = { name: NAME, type: 'AAAA' } as const
const answer = (ttl: number, ...addresses: string[]) => ({ addresses, ttl, from: 'dns.example' })
const DUE = { recheckMs: 50_000, most: 100, turn: 0 }

/** A book that was just written, with both types of a name. */
function written(ttl = 60): AliasBook {
  const book = new AliasBook()
  book.answered(A, answer(ttl, '192.0.2.2', '192.0.2.1'), T)
  book.answered(AAAA, answer(ttl), T)
  book.wrote(book.toWrite([NAME], T, 900) as AliasDocument)
  return book
}

test('all is due at first, A and AAAA of each name; then what has run out, and what was not looked at for long', () => {
  const book = new AliasBook()
  expect(book.due([NAME, 'b.example.'], T, DUE)).toHaveLength(4)
  book.answered(A, answer(3600, '192.0.2.1'), T)
  book.answered(AAAA, answer(20), T)
  expect(book.due([NAME], T + 19_999, DUE)).toEqual([])
  expect(book.due([NAME], T + 20_000, DUE)).toEqual([AAAA])
  expect(book.due([NAME], T + 50_000, DUE)).toEqual([A, AAAA])
})

test('a name with TTL 0, or one that fails, is asked for once a second at most', () => {
  const book = new AliasBook()
  book.answered(A, answer(0, '192.0.2.1'), T)
  book.failed(AAAA, 'silent', T)
  expect(book.due([NAME], T + 999, DUE)).toEqual([])
  expect(book.due([NAME], T + 1000, DUE)).toEqual([A, AAAA])
})

test('what does not fit takes turns, also in isolates without memory; what is not known comes first', () => {
  const names = Array.from({ length: 10 }, (_, i) => `n${i}.example.`)
  const text = formatAliases({
    ...{ at: T, budget: undefined },
    entries: new Map(
      names.flatMap((name) =>
        ['A', 'AAAA'].map((type) => [`${name} ${type}`, { told: { ...answer(1), at: T, cycle: 1 } }] as const),
      ),
    ),
  })
  const seen = new Set<string>()
  for (let turn = 0; turn < 5; turn++) {
    const book = new AliasBook()
    book.take(must(parseAliases(text)))
    const due = book.due([...names, 'new.example.'], T + 60_000, { ...DUE, most: 6, turn })
    expect(due.slice(0, 2).map(({ name }) => name)).toEqual(['new.example.', 'new.example.'])
    expect(due).toHaveLength(6)
    for (const { name, type } of due) seen.add(`${name} ${type}`)
  }
  expect(seen.size).toBe(2 + 20)
})

test('the same addresses in another order, or with the rest of their TTL, are no change and no write', () => {
  const book = written()
  book.answered(A, answer(7, '192.0.2.1', '192.0.2.2'), T + 53_000)
  expect(book.toWrite([NAME], T + 53_000, 900)).toBeUndefined()
})

test.each<[string, (book: AliasBook) => void]>([
  ['another address', (book) => book.answered(A, answer(60, '192.0.2.9'), T + 70_000)],
  ['no address any more', (book) => book.answered(A, answer(60), T + 70_000)],
  ['a failure', (book) => book.failed(A, 'silent', T + 70_000)],
  ['a TTL that is twice as long', (book) => book.answered(A, answer(120, '192.0.2.1', '192.0.2.2'), T + 70_000)],
])('%s is written', (_, happens) => {
  const book = written()
  happens(book)
  expect(book.toWrite([NAME], T + 70_000, 900)).toBeDefined()
})

test('a failure counts when the TTL has run out, with its first time and its last reason; then an answer ends it', () => {
  const book = written()
  book.failed(A, 'early', T + 59_000)
  expect(book.entry(A)?.failing).toBeUndefined()
  book.failed(A, 'silent', T + 60_000)
  book.failed(A, 'refused', T + 120_000)
  expect(book.entry(A)).toMatchObject({ told: { at: T }, failing: { since: T + 60_000, why: 'refused' } })
  book.answered(A, answer(60, '192.0.2.1', '192.0.2.2'), T + 180_000)
  expect(book.entry(A)?.failing).toBeUndefined()
})

test('what nobody asked for in days is not stale only since now', () => {
  const book = new AliasBook()
  book.take(must(parseAliases(formatAliases(written().toWrite([], T, 900) as AliasDocument))))
  const old = new AliasBook()
  old.take({ ...must(parseAliases(formatAliases({ ...documentOf(), at: T }))) })
  old.failed(A, 'silent', T + 3 * DAY)
  expect(old.entry(A)?.failing?.since).toBeLessThan(T + 3_600_000)
})

function documentOf(): AliasDocument {
  return { at: T, budget: undefined, entries: new Map([[`${NAME} A`, { told: { ...answer(60), at: T, cycle: 60 } }]]) }
}

test('an unchanged document is written every 15 minutes: 96 times a day', () => {
  const book = written()
  let writes = 0
  for (let now = T + 60_000; now <= T + DAY; now += 60_000) {
    book.answered(A, answer(60, '192.0.2.1', '192.0.2.2'), now)
    book.answered(AAAA, answer(60), now)
    const document = book.toWrite([NAME], now, 300)
    if (!document) continue
    writes++
    book.wrote(document)
  }
  expect(writes).toBe(96)
})

test('addresses that change all the time take no more than the budget of a day', () => {
  const book = written()
  let writes = 0
  for (let now = T + 1000; now <= T + DAY; now += 1000) {
    book.answered(A, answer(1, `192.0.2.${(now / 1000) % 250}`), now)
    const document = book.toWrite([NAME], now, 300)
    if (!document) continue
    writes++
    book.wrote(document)
  }
  expect(writes).toBeGreaterThan(200)
  expect(writes).toBeLessThanOrEqual(300)
})

test('a target that no record leads to any more is left out, if all are known', () => {
  const book = written()
  expect(book.toWrite(undefined, T + 1000, 900)).toBeUndefined()
  expect(book.toWrite(['other.example.'], T + 1000, 900)?.entries.size).toBe(0)
})

test('the document of another isolate is taken over if it is newer', () => {
  const [book, other] = [written(), written()]
  other.answered(A, answer(60, '192.0.2.7'), T + 90_000)
  const newer = other.toWrite([NAME], T + 90_000, 900) as AliasDocument
  book.take(newer)
  expect(book.entry(A)?.told?.addresses).toEqual(['192.0.2.7'])
  book.take({ ...newer, at: T - 1, entries: new Map() })
  expect(book.entry(A)?.told?.addresses).toEqual(['192.0.2.7'])
})

test('a document is read as it was written', () => {
  const book = written()
  book.failed(AAAA, 'silent', T + 100_000)
  const document = book.toWrite([NAME], T + 100_000, 900) as AliasDocument
  expect(must(parseAliases(formatAliases(document)))).toEqual(document)
})

test.each([
  ['no JSON', '{'],
  ['no targets', '{"at":1}'],
  ['a time that is none', '{"at":-1,"targets":{}}'],
  ['an address of the other type', entryText('"addresses":["2001:db8::1"]')],
  ['a name in place of an address', entryText('"addresses":["example.com"]')],
  ['a TTL beyond all', entryText('"addresses":[],"ttl":1e9')],
])('damage is refused: %s', (_, text) => {
  expect(parseAliases(text)).toMatchObject({ ok: false })
})

function entryText(fields: string): string {
  return `{"at":1,"targets":{"a.":{"A":{"told":{"ttl":1,"at":1,"from":"x","cycle":1,${fields}}}}}}`
}

test('status has what fails, and says if the last addresses are still served', () => {
  const book = written()
  book.failed(A, 'silent', T + 60_000)
  const document = book.toWrite([NAME], T + 60_000, 900)
  const at = (ms: number) => unresolvedAliases([NAME, 'b.example.'], document, T + ms)
  expect(at(61_000)).toEqual([{ ...A, why: 'silent', since: new Date(T + 60_000).toISOString(), isServed: true }])
  expect(at(2 * 3_600_000)).toMatchObject([{ isServed: false }])
  expect(unresolvedAliases([NAME], undefined, T)).toEqual([])
})
