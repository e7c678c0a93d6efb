import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NameKey } from '../../../src/dns/index.ts'
import { typeName } from '../../../src/dns/index.ts'
import {
  compileZone,
  type Found,
  type LocalZone,
  type MissingPart,
  readHead,
  type ZoneNode,
} from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { keeping, openHead, reopened, written } from '../stored-zone.ts'
import { documentOf, must, zoneOf } from '../support.ts'
import { TINY } from './support.ts'

const label = fc.constantFrom('a', 'b', 'c', '*', '!', '\\000', '\\001x', 'www', 'z')
const owner = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
const types = fc.constantFrom(
  { A: '192.0.2.1' },
  { A: ['192.0.2.1', '192.0.2.2'], TXT: '"a text"' },
  { AAAA: { ttl: [5, 60], answer: '2001:db8::1' } },
  { NS: ['ns.elsewhere.example.', 'a.b'] },
  { DNAME: 'other.example.' },
  { MX: '10 a' },
  {
    A: {
      kind: 'weighted',
      members: [
        { weight: 1, answer: '192.0.2.1' },
        { weight: 2, answer: '192.0.2.9' },
      ],
    },
  },
)
const records = fc.dictionary(owner, types, { maxKeys: 30 })
const asked = fc.array(owner, { minLength: 1, maxLength: 20 })

const keyIn = (zone: LocalZone, name: string): NameKey => {
  const compiled = compileZone(documentOf({ [name]: { TXT: '"x"' } }))
  const nodes = compiled.ok ? [...compiled.value.zone.names.nodes.keys()] : []
  return nodes.sort((a, b) => b.length - a.length)[0] ?? zone.origin.key
}

const shownNode = ({ key, rrsets, cut, dname, wildcard }: ZoneNode) => ({
  key,
  cut: cut?.key,
  dname: dname?.key,
  wildcard: wildcard?.key,
  rrsets: rrsets.map(({ type, ttl, minTtl, policy }) => ({
    ...{ type: typeName(type), ttl, minTtl },
    policy: JSON.stringify(policy, (name, value) =>
      name === 'rdatas' ? value.map(({ text }: { text: string }) => text) : value,
    ),
  })),
})
const shown = (found: Found | MissingPart) =>
  'node' in found ? { kind: found.kind, node: shownNode(found.node) } : found

test('a zone in parts finds what the compiled zone finds', () => {
  let parts = 0
  fc.assert(
    fc.property(records, asked, (owners, names) => {
      const compiled = compileZone(documentOf({ '@': { NS: 'ns.example.net.' }, ...owners }))
      if (!compiled.ok) return
      const { zone } = compiled.value
      const stored = reopened(zone, TINY)
      parts = Math.max(parts, stored.head.parts.length)
      for (const key of [...zone.names.nodes.keys(), ...names.map((name) => keyIn(zone, name))]) {
        expect(stored.names.missingPart(key)).toBeUndefined()
        expect(shown(stored.names.lookup(key))).toEqual(shown(zone.names.lookup(key)))
        const [found, expected] = [stored.names.find(key), zone.names.find(key)]
        expect(found && shownNode(found)).toEqual(expected && shownNode(expected))
      }
    }),
    { numRuns: runCount(300) },
  )
  expect(parts).toBeGreaterThan(4)
})

test('each part is asked for by its number, and nothing else is needed of it', () => {
  const names = Array.from({ length: 200 }, (_, i) => [`h${i}`, { A: `192.0.2.${i}` }] as const)
  const zone = zoneOf(Object.fromEntries(names))
  const octets = written(zone, TINY)
  const stored = openHead(octets)
  expect(stored.head.parts.length).toBeGreaterThan(20)
  const loaded = new Set<number>()
  for (const key of zone.names.nodes.keys()) {
    const number = stored.names.missingPart(key)
    if (number !== undefined) {
      expect(loaded.has(number)).toBe(false)
      loaded.add(number)
      must(stored.fill(number, octets.parts.get(stored.head.parts.at(number)) as Uint8Array))
    }
    expect(stored.names.lookup(key)).toMatchObject({ kind: 'exact' })
  }
  expect(loaded.size).toBe(stored.head.parts.length)
})

test('a changed record changes one part and the head', () => {
  const zoneWith = (address: string) =>
    zoneOf(
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`h${i}`, { A: i === 77 ? address : '192.0.2.1' }])),
    )
  const [before, after] = ['192.0.2.7', '192.0.2.8'].map((address) => written(zoneWith(address), TINY).parts)
  const changed = [...(after?.keys() ?? [])].filter((hash) => !before?.has(hash))
  expect(changed).toHaveLength(1)
  expect(after?.size).toBe(before?.size)
})

test('a new name changes the parts around it and no other', () => {
  const zoneWith = (...more: string[]) =>
    zoneOf(
      Object.fromEntries(
        [...Array.from({ length: 300 }, (_, i) => `h${i}`), ...more].map((name) => [name, { A: '192.0.2.1' }]),
      ),
    )
  const before = written(zoneWith(), TINY).parts
  const after = written(zoneWith('h77x'), TINY).parts
  expect([...after.keys()].filter((hash) => !before.has(hash)).length).toBeLessThanOrEqual(4)
})

test('what was used longest ago is dropped, and asked for again', () => {
  const zone = zoneOf(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`h${i}`, { A: '192.0.2.1' }])))
  const octets = written(zone, TINY)
  const largest = Math.max(...[...octets.parts.values()].map(({ length }) => length))
  const stored = openHead(octets, keeping(3 * largest))
  const keys = Array.from({ length: 300 }, (_, i) => keyIn(zone, `h${i}`))
  for (const key of [...keys, ...keys]) {
    const number = stored.names.missingPart(key)
    if (number !== undefined) must(stored.fill(number, octets.parts.get(stored.head.parts.at(number)) as Uint8Array))
    expect(stored.names.lookup(key).kind).toBe('exact')
    const inMemory = [...stored.head.parts].filter((_, i) => stored.names.slot(i)?.part).length
    expect(inMemory).toBeLessThanOrEqual(octets.parts.size / 2)
  }
})

test('a look-up that is kept counts while its part is in memory, and no longer', () => {
  const zoneWith = (address: string) =>
    zoneOf(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`h${i}`, { A: address }])))
  const zone = zoneWith('192.0.2.1')
  const octets = written(zone, TINY)
  const kept = keeping()
  const stored = openHead(octets, kept)
  const key = keyIn(zone, 'h77')
  const number = stored.names.missingPart(key) as number
  const fill = () => must(stored.fill(number, octets.parts.get(stored.head.parts.at(number)) as Uint8Array))
  const look = (names = stored.names) => names.lookup(key)
  expect(look()).toEqual({ kind: 'missing', part: number })
  fill()
  const found = [look(), look(), look(), look()]
  expect(found.map(({ kind }) => kind)).toEqual(['exact', 'exact', 'exact', 'exact'])
  // From its second look-up on the name is kept, and is found as it was found.
  expect(found[0]).not.toBe(found[1])
  expect(found[3]).toBe(found[2])
  // Another zone with the same names, in the same cache, has its own look-ups.
  const other = openHead(written(zoneWith('192.0.2.2')), kept)
  const address = (one: ReturnType<typeof look>) =>
    'node' in one && one.node.rrsets[0]?.policy.kind === 'values'
      ? one.node.rrsets[0].policy.rdatas[0]?.text
      : undefined
  expect([address(look(other.names)), address(look())]).toEqual(['192.0.2.2', '192.0.2.1'])
  stored.names.slot(number)?.drop()
  expect(look()).toEqual({ kind: 'missing', part: number })
  fill()
  expect(look()).toMatchObject({ kind: 'exact' })
  expect(look()).not.toBe(found[3])
})

test('octets that were cut or flipped are refused', () => {
  const { head } = written(zoneOf({ www: { A: '192.0.2.1' } }))
  for (let length = 0; length < head.length; length++) {
    expect(readHead(head.slice(0, length)).ok).toBe(false)
    expect(readHead(head.slice(0, length), 'hash').ok).toBe(false)
  }
  for (let at = 0; at < head.length; at++) {
    const flipped = head.slice()
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
    expect(readHead(flipped).ok).toBe(false)
  }
})

test('a new version has the parts in memory that did not change', () => {
  const zoneWith = (address: string) =>
    zoneOf(
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`h${i}`, { A: i === 77 ? address : '192.0.2.1' }])),
    )
  const before = reopened(zoneWith('192.0.2.7'), TINY)
  const zone = zoneWith('192.0.2.8')
  const after = openHead(written(zone, TINY))
  after.inherit(before)
  const missing = [...after.head.parts].filter((_, number) => !after.names.slot(number)?.part)
  expect(missing).toHaveLength(1)
  for (const key of zone.names.nodes.keys()) {
    if (after.names.missingPart(key) === undefined) {
      expect(shown(after.names.lookup(key))).toEqual(shown(zone.names.lookup(key)))
    }
  }
})
