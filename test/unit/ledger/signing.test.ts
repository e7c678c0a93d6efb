import { describe, expect, test } from 'vitest'
import { NO_SIGNING, type Signing, type SigningChange, signingChanged } from '../../../src/ledger/index.ts'
import { MAX_SIGNING_KEY_CHARS, MAX_SIGNING_KEYS } from '../../../src/limits.ts'
import { must } from '../support.ts'
import { Bench, documentChange, zone } from './support.ts'

const PRIVATE = 'Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: AAAA\n'
const KEY = { flags: 257, active: true, published: true, content: PRIVATE }
const ADD: SigningChange = { kind: 'add', key: KEY }

const keptAfter = (...changes: readonly SigningChange[]): Signing =>
  changes.reduce((signing, change) => must(signingChanged(signing, change)), NO_SIGNING)

describe('the keys by which PowerDNS signs', () => {
  test('are added, set and removed; no number is given twice', () => {
    const two = keptAfter(ADD, ADD, { kind: 'set', id: 1, active: false }, { kind: 'set', id: 2, published: false })
    expect(two.keys).toEqual([
      { id: 1, ...KEY, active: false },
      { id: 2, ...KEY, published: false },
    ])
    const next = must(signingChanged(must(signingChanged(two, { kind: 'remove', id: 2 })), ADD))
    expect(next.keys.map(({ id }) => id)).toEqual([1, 3])
  })

  test('settings are put and taken away', () => {
    const put: SigningChange = { kind: 'metadata', name: 'NSEC3PARAM', values: ['1 0 0 -'] }
    expect(keptAfter(put).metadata).toEqual({ NSEC3PARAM: ['1 0 0 -'] })
    expect(keptAfter(put, { ...put, values: [] }).metadata).toEqual({})
  })

  test.each<readonly [string, SigningChange, RegExp]>([
    ['flags', { kind: 'add', key: { ...KEY, flags: 1 } }, /expected 256 or 257/],
    ['another format', { kind: 'add', key: { ...KEY, content: 'secret' } }, /^a key is not in the .*v1.2"$/],
    ['length', { kind: 'add', key: { ...KEY, content: PRIVATE.padEnd(MAX_SIGNING_KEY_CHARS + 1) } }, /at most 8192/],
    ['a key that is not there', { kind: 'set', id: 9, active: true }, /^there is no key 9; expected/],
    ['removal of none', { kind: 'remove', id: 9 }, /^there is no key 9/],
    ['two values', { kind: 'metadata', name: 'NSEC3PARAM', values: ['1 0 0 -', '1 0 0 ab'] }, /has 2 values/],
  ])('%s is refused', (_, change, why) => {
    const changed = signingChanged(NO_SIGNING, change)
    expect(changed.ok ? '' : changed.error).toMatch(why)
  })

  test('are at most so many', () => {
    const full = keptAfter(...new Array<SigningChange>(MAX_SIGNING_KEYS).fill(ADD))
    expect(signingChanged(full, ADD).ok).toBe(false)
  })
})

describe('a ledger keeps them', () => {
  test('through changes of the zone and an eviction, and without a word of them in the document', async () => {
    const bench = new Bench()
    expect(await bench.ledger.signing()).toBeUndefined()
    expect((await bench.ledger.changeSigning(ADD)).ok).toBe(false)
    await bench.put(zone(1))
    expect(await bench.ledger.signing()).toEqual(NO_SIGNING)
    must(await bench.ledger.changeSigning(ADD))
    bench.restart()
    await bench.change(documentChange(zone(2)))
    expect((await bench.ledger.signing())?.keys).toEqual([{ id: 1, ...KEY }])
    expect((await bench.ledger.read())?.text).not.toContain('PrivateKey')
    for (const key of bench.kv.values.keys()) expect(bench.kv.textOf(key)).not.toContain('PrivateKey')
  })

  test('each of two changes at once', async () => {
    const bench = new Bench()
    await bench.put(zone(1))
    await Promise.all([bench.ledger.changeSigning(ADD), bench.ledger.changeSigning(ADD)])
    expect((await bench.ledger.signing())?.keys.map(({ id }) => id)).toEqual([1, 2])
  })
})
