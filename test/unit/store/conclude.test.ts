import { expect, test } from 'vitest'
import { EMPTY_CATALOG, parseDocumentMetadata } from '../../../src/store/catalog.ts'
import { Conclusions } from '../../../src/store/conclude.ts'

// A lost catalog is made anew from the metadata of documents: what they leave out is lost with it.
test.each([{}, { probes: 3 }, { asks: true as const }, { probes: 3, asks: true as const }])(
  'the document of a zone with %j has all of that in its metadata',
  (more) => {
    const entry = { serial: 7, hash: 'h', ...more }
    const conclusions = new Conclusions(EMPTY_CATALOG, 5)
    const put = conclusions.take({ kind: 'other', origin: 'a.example', entry, text: '{}', isPublished: false })
    expect(parseDocumentMetadata(put?.metadata)).toEqual({ origin: 'a.example', at: 5, ...entry })
  },
)
