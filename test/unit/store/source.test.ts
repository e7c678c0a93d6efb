import { expect, test } from 'vitest'
import { documentOf, pieceKeys, sourceOf } from '../../../src/store/source.ts'
import type { ZoneDocument } from '../../../src/zone/index.ts'
import { must, documentOf as zoneDocument } from '../support.ts'

/** A document of so many owners, one of which has this address. */
const documentWith = (owners: number, address = '192.0.2.1'): ZoneDocument =>
  zoneDocument({
    ...Object.fromEntries(
      Array.from({ length: owners }, (_, i) => [
        `host-with-a-long-name-${i}`,
        { A: i === 777 ? address : '192.0.2.1' },
      ]),
    ),
    ['__proto__']: { TXT: '"pieces":' },
  }) as unknown as ZoneDocument

test('a small document is one text', async () => {
  const document = documentWith(10)
  const { text, pieces } = await sourceOf(document)
  expect([JSON.parse(text), pieces.size, pieceKeys(text)]).toEqual([document, 0, []])
})

test('a large document is the same when it is put together again', async () => {
  const document = documentWith(60_000)
  const { text, pieces } = await sourceOf(document)
  expect(text.length).toBeLessThan(5000)
  expect(pieces.size).toBeGreaterThan(5)
  expect(pieceKeys(text)).toEqual([...pieces.keys()])
  const again = must(documentOf(text, pieces)) as ZoneDocument
  expect(again).toEqual(document)
  expect(Object.keys(again.records)).toEqual(Object.keys(document.records))
})

test('a changed record changes one piece and the text', async () => {
  const before = await sourceOf(documentWith(30_000))
  const after = await sourceOf(documentWith(30_000, '192.0.2.9'))
  expect([...after.pieces.keys()].filter((key) => !before.pieces.has(key))).toHaveLength(1)
})

test('a piece that is missing is an error that names it', async () => {
  const { text, pieces } = await sourceOf(documentWith(30_000))
  const [first = ''] = pieces.keys()
  const fewer = new Map(pieces)
  fewer.delete(first)
  expect(documentOf(text, fewer)).toEqual({
    ok: false,
    error: `the piece "${first}" of the document is not in KV; expected "publish" to be run again`,
  })
})

test('what the API keeps of an owner is in the piece of its records', async () => {
  const before = documentWith(30_000)
  const kept = (owners: readonly string[]) =>
    Object.fromEntries(
      owners.map((owner) => [owner, { A: { comments: [{ content: owner, account: 'ann', modified_at: 1 }] } }]),
    )
  const api = { account: 'web', rrsets: kept([...Object.keys(before.records), 'gone', 'never']) }
  const document: ZoneDocument = { ...before, api }
  const { text, pieces } = await sourceOf(document)
  expect(pieces.size).toBeGreaterThan(1)
  expect(text.length).toBeLessThan(5000)
  const again = must(documentOf(text, pieces)) as ZoneDocument
  expect(again).toEqual(document)
  expect((await sourceOf(again)).text).toBe(text)
  expect([...(await sourceOf(again)).pieces]).toEqual([...pieces])
  const other: ZoneDocument = { ...before, api: { ...api, rrsets: { ...api.rrsets, 'host-with-a-long-name-9': {} } } }
  expect([...(await sourceOf(other)).pieces.keys()].filter((key) => !pieces.has(key))).toHaveLength(1)
})

test('a small zone of which the API keeps much has pieces too', async () => {
  const comments = [{ content: 'x'.repeat(60_000), account: 'ann', modified_at: 1 }]
  const rrsets = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`n${i}`, { A: { comments } }]))
  const document: ZoneDocument = { ...documentWith(10), api: { rrsets } }
  const { text, pieces } = await sourceOf(document)
  expect(pieces.size).toBeGreaterThan(1)
  expect(must(documentOf(text, pieces))).toEqual(document)
})

test.each([
  { pieces: 5 },
  { pieces: [], records: { www: { A: '192.0.2.1' } } },
  { pieces: ['x'.repeat(600)] },
  { pieces: [7] },
  { pieces: null },
])('a document with pieces that nobody wrote so is refused, and not read as one without records: %j', (more) => {
  const text = JSON.stringify({ ...zoneDocument({}), records: undefined, ...more })
  expect(pieceKeys(text)).toEqual([])
  expect(documentOf(text, new Map())).toEqual({ ok: false, error: expect.stringContaining('expected "records" alone') })
})
