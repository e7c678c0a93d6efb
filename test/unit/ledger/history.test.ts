import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../../../src/ledger/book.ts'
import { placesOf } from '../../../src/ledger/places.ts'
import { LEDGER_KEPT_MS, MAX_LEDGER_CHANGES } from '../../../src/limits.ts'
import type { ZoneDocument } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { NodeStorage, ORIGIN, START, zone } from './support.ts'

// Everything that is stored, without publishing.

const entry = (serial: number, document: ZoneDocument | undefined, time = START) => ({
  ...{ author: 'me', serial, hash: `${serial}`, time },
  document,
})

const owner = fc.constantFrom('www', 'a', 'b', '10', '2', '__proto__', 'constructor', 'c', 'd', 'e')
const owners = fc.uniqueArray(fc.tuple(owner, fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3')), {
  selector: ([name]) => name,
})

const documents = fc.option(fc.record({ ttl: fc.constantFrom(60, 300), records: owners, rrsets: fc.option(owners) }), {
  freq: 8,
})

function documentOf(made: { ttl: number; records: [string, string][]; rrsets: [string, string][] | null }) {
  const kept = made.rrsets?.map(([name, content]) => [name, { A: { ttl: 60, records: [{ content }] } }] as const)
  return {
    ...zone(1),
    ttl: made.ttl,
    ...(kept && { api: { account: 'web', rrsets: Object.fromEntries(kept) } }),
    records: Object.fromEntries(made.records.map(([name, A]) => [name, { A }])),
  } as ZoneDocument
}

describe('the history', () => {
  test('rebuilds each version of random ones octet by octet, in this object and in the next', () => {
    const property = fc.property(fc.array(documents, { minLength: 1, maxLength: 12 }), (made) => {
      const storage = new NodeStorage()
      const book = new Book(storage, ORIGIN)
      const versions = made.map((one) => (one ? documentOf(one) : undefined))
      for (const [i, document] of versions.entries()) book.commit([entry(i, document)], {}, 0)
      for (const seen of [book, new Book(storage, ORIGIN)]) {
        expect(JSON.stringify(seen.document)).toBe(JSON.stringify(versions.at(-1)))
        for (const [i, document] of versions.entries()) {
          expect(JSON.stringify(seen.documentOf(i + 1))).toBe(JSON.stringify(document ?? null))
          expect(JSON.stringify(seen.documentBefore(i + 1))).toBe(JSON.stringify(versions[i - 1] ?? null))
        }
      }
    })
    fc.assert(property, { numRuns: runCount(100) })
  })

  test('keeps texts that are longer than a value of SQLite may be', () => {
    const storage = new NodeStorage()
    const book = new Book(storage, ORIGIN)
    const long = '😀é'.repeat(700_001)
    const document = { ...zone(1), records: { www: { TXT: long } }, $schema: long } as unknown as ZoneDocument
    book.commit([entry(1, document)], {}, 0)
    book.commit([entry(2, zone(2) as ZoneDocument)], {}, 0)
    const reopened = new Book(storage, ORIGIN)
    expect(reopened.documentOf(1)).toEqual(document)
  })

  test('keeps the stated number of changes', () => {
    const book = new Book(new NodeStorage(), ORIGIN)
    for (let i = 1; i <= MAX_LEDGER_CHANGES + 5; i++) book.commit([entry(i, zone(i) as ZoneDocument)], {}, 0)
    const ids = book.history().map(({ id }) => id)
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([MAX_LEDGER_CHANGES, MAX_LEDGER_CHANGES + 5, 6])
    expect(book.documentOf(5)).toBeUndefined()
    expect(book.documentOf(6)).toEqual(zone(6))
  })

  test('keeps the stated size, and the version before the newest whatever its size', () => {
    const book = new Book(new NodeStorage(), ORIGIN)
    const large = (i: number) => ({ ...zone(1), records: { www: { TXT: `${i}${'x'.repeat(25_000_000)}` } } })
    for (let i = 1; i <= 5; i++) book.commit([entry(i, large(i) as ZoneDocument)], {}, 0)
    // Each replaces 25 MB: two of them fit in 64 MiB.
    expect(book.history().map(({ id }) => id)).toEqual([5, 4])
    expect(book.documentOf(4)).toEqual(large(4))
  })

  test('forgets a version when it was replaced so long ago', () => {
    const book = new Book(new NodeStorage(), ORIGIN)
    const at = (days: number) => START + days * 86_400_000
    const commit = (serial: number, days: number) =>
      book.commit([entry(serial, zone(serial) as ZoneDocument, at(days))], {}, 0)
    commit(1, 0)
    commit(2, 1)
    commit(3, 200)
    // Version 2 is old, and was replaced just now.
    expect(book.history().map(({ id }) => id)).toEqual([3, 2])
    commit(4, 200 + LEDGER_KEPT_MS / 86_400_000 - 1)
    expect(book.history().map(({ id }) => id)).toEqual([4, 3, 2])
    commit(5, 202 + LEDGER_KEPT_MS / 86_400_000)
    expect(book.history().map(({ id }) => id)).toEqual([5, 4, 3])
  })

  test('a transaction that fails leaves memory as the storage is', () => {
    const storage = new NodeStorage()
    const book = new Book(storage, ORIGIN)
    book.commit([entry(1, zone(1) as ZoneDocument)], {}, 0)
    const { exec } = storage.sql
    storage.sql.exec = (query, ...bindings) => {
      if (query.startsWith('INSERT INTO changes')) throw new Error('disk full')
      return exec(query, ...bindings)
    }
    expect(() => book.commit([entry(2, zone(2) as ZoneDocument)], {}, 0)).toThrow('disk full')
    storage.sql.exec = exec
    expect(book.document).toEqual(zone(1))
    expect(book.newest?.id).toBe(1)
    book.commit([entry(2, zone(3) as ZoneDocument)], {}, 0)
    expect(new Book(storage, ORIGIN).document).toEqual(zone(3))
  })
})

describe('the places of owners', () => {
  test('one that moves, comes or goes changes its own alone', () => {
    const names = Array.from({ length: 50 }, (_, i) => `n${i}`)
    const before = new Map(names.map((name, i) => [name, i]))
    const moved = [...names.slice(1, 30), 'n0', 'new', ...names.slice(31)]
    const changed = placesOf(moved, before)?.filter((place, i) => before.get(moved[i] as string) !== place)
    expect(changed).toHaveLength(2)
  })

  test('come back in order, however often something comes at the same place', () => {
    const storage = new NodeStorage()
    const book = new Book(storage, ORIGIN)
    let names = ['a', 'z']
    const documentWith = (all: readonly string[]) =>
      ({ ...zone(1), records: Object.fromEntries(all.map((name) => [name, { A: '192.0.2.1' }])) }) as ZoneDocument
    book.commit([entry(1, documentWith(names))], {}, 0)
    for (let i = 0; i < 200; i++) {
      names = ['a', `n${i}`, ...names.slice(1)]
      book.commit([entry(i + 2, documentWith(names))], {}, 0)
    }
    const reopened = new Book(storage, ORIGIN)
    expect(Object.keys(reopened.document?.records ?? {})).toEqual(names)
    expect(Object.keys(reopened.documentOf(60)?.records ?? {})).toEqual([
      'a',
      ...Array.from({ length: 59 }, (_, i) => `n${58 - i}`),
      'z',
    ])
  })
})
