import { expect, test } from 'vitest'
import { EMPTY_CATALOG, parseHeadMetadata } from '../../../src/store/catalog.ts'
import { Conclusions } from '../../../src/store/conclude.ts'
import { publication } from './kv-memory.ts'

// A lost catalog is made anew from the metadata of heads: what they leave out is lost with it.
test.each([{}, { probes: 3 }, { asks: true as const }, { probes: 3, asks: true as const, health: true as const }])(
  'the head of a zone with %j has all of that in its metadata',
  async (more) => {
    const compiled = await publication('a.example', 7).compiled()
    const entry = { serial: 7, hash: 'h', zone: compiled.zone, ...more }
    const conclusions = new Conclusions(EMPTY_CATALOG, 5)
    const puts = conclusions.take({ kind: 'other', origin: 'a.example', entry, compiled, isPublished: false })
    const head = puts.at(-1)
    expect(head?.key).toBe(`head:${compiled.zone}`)
    expect(parseHeadMetadata(head?.metadata)).toEqual({ origin: 'a.example', at: 5, ...entry })
  },
)
