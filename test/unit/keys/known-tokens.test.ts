import { expect, test } from 'vitest'
import { type FoundKey, type Key, KnownTokens } from '../../../src/keys/index.ts'
import { MAX_KNOWN_TOKENS } from '../../../src/limits.ts'

const KEY: Key = { id: 'k5p2wq7d', name: 'phone', scopes: [{ kind: 'resolve' }], created: 0 }
const FOUND: FoundKey = { kind: 'found', key: KEY }
const UNKNOWN: FoundKey = { kind: 'unknown' }
const NEVER = new Promise<void>(() => {})
const LATE = Promise.resolve()

/** A storage that counts its reads, and what an isolate knows of it. */
function isolate() {
  const storage = new Map<string, FoundKey | 'fails' | 'hangs'>()
  const reads: string[] = []
  const behind: Promise<unknown>[] = []
  const known = new KnownTokens(async (token) => {
    reads.push(token)
    const found = storage.get(token) ?? UNKNOWN
    if (found === 'fails') throw new Error('KV failed')
    return found === 'hangs' ? new Promise<never>(() => {}) : found
  })
  const later = (work: Promise<unknown>) => behind.push(work)
  return {
    storage,
    reads,
    behind,
    known: (token: string, now: number) => known.known(token, now, later),
    find: (token: string, now: number, late = NEVER) => known.find(token, now, late, later),
  }
}

test('a token is read once, and known then for half a minute', async () => {
  const { storage, reads, behind, known, find } = isolate()
  storage.set('t', FOUND)
  expect(known('t', 0)).toBeUndefined()
  expect(await find('t', 0)).toEqual(FOUND)
  expect(known('t', 19_999)).toEqual(FOUND)
  expect([reads.length, behind.length]).toEqual([1, 1])
  // It is renewed behind the answers, once.
  expect([known('t', 20_000), known('t', 20_001)]).toEqual([FOUND, FOUND])
  await Promise.all(behind)
  expect(reads).toHaveLength(2)
  expect(known('t', 39_999)).toEqual(FOUND)
  expect(known('t', 50_001)).toBeUndefined()
})

test('a revoked token is unknown half a minute after its last good read', async () => {
  const { storage, behind, known, find } = isolate()
  storage.set('t', FOUND)
  await find('t', 0)
  storage.delete('t')
  expect(known('t', 25_000)).toEqual(FOUND)
  await Promise.all(behind)
  expect(known('t', 25_001)).toEqual(UNKNOWN)
  expect(known('t', 44_999)).toEqual(UNKNOWN)
  expect(known('t', 45_001)).toBeUndefined()
})

test('a key ends on time, whenever it was read', async () => {
  const { storage, known, find } = isolate()
  const ending: FoundKey = { kind: 'found', key: { ...KEY, ends: 1000 } }
  storage.set('t', ending)
  expect(await find('t', 0)).toEqual(ending)
  expect(known('t', 999)?.kind).toBe('found')
  expect(known('t', 1000)?.kind).toBe('ended')
})

test.each(['fails', 'hangs'] as const)(
  'while storage %s a right token counts on for an hour, and others are unread',
  async (state) => {
    const { storage, known, find } = isolate()
    storage.set('t', FOUND)
    await find('t', 0)
    storage.set('t', state)
    storage.set('other', state)
    expect(known('t', 60_000)).toBeUndefined()
    expect(await find('t', 60_000, LATE)).toEqual(FOUND)
    expect(await find('t', 3_600_001, LATE)).toEqual({ kind: 'unread' })
    expect(await find('other', 60_000, LATE)).toEqual({ kind: 'unread' })
  },
)

test('wrong tokens displace no right one, and are bounded', async () => {
  const { storage, reads, known, find } = isolate()
  storage.set('t', FOUND)
  await find('t', 0)
  for (let i = 0; i < MAX_KNOWN_TOKENS; i++) await find(`w${i}`, 0)
  expect(known('w0', 0)).toEqual(UNKNOWN)
  await find('one more', 0)
  expect([known('w0', 0), known('one more', 0), known('t', 0)]).toEqual([undefined, UNKNOWN, FOUND])
  expect(reads).toHaveLength(MAX_KNOWN_TOKENS + 2)
})

test('queries that come at once with one token make one read, and a read that never ends is begun anew', async () => {
  const { storage, reads, known, find } = isolate()
  storage.set('t', FOUND)
  const found = await Promise.all(Array.from({ length: 30 }, () => find('t', 0)))
  expect([found.every(({ kind }) => kind === 'found'), reads.length]).toEqual([true, 1])
  storage.set('slow', 'hangs')
  const first = find('slow', 0, LATE)
  expect(await find('slow', 1999, LATE)).toEqual({ kind: 'unread' })
  expect(reads).toHaveLength(2)
  storage.set('slow', FOUND)
  expect(await find('slow', 2000)).toEqual(FOUND)
  expect([await first, known('slow', 2001), reads.length]).toEqual([{ kind: 'unread' }, FOUND, 3])
})
