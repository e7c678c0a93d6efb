import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as limits from '../../../src/limits.ts'
import { type Policy, recordsOf } from '../../../src/policy/index.ts'
import { STORE } from '../../../src/policy/kinds/author.ts'
import type { LocalZone, ZoneNode } from '../../../src/zone/index.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { CHECKS, expression, MAPS } from '../policy/stored-arbitraries.ts'
import { type Written, written } from '../stored-zone.ts'
import { documentOf, hex, must } from '../support.ts'
import { compileText } from '../zonefile/support.ts'
import { zoneText } from './arbitraries.ts'
import { hashOf, Names, type ReadNode, type ReadRecord, sortTextOf, unpack } from './format-reader.ts'
import { TINY } from './support.ts'

const PAGE = readFileSync('docs/zone-format.md', 'utf8')

/** The rows of the table below a heading or a sentence: the cells of each. */
function tableAfter(text: string): string[][] {
  const from = PAGE.indexOf(text)
  if (from < 0) throw new Error(`the page has no "${text}"`)
  const [table] = /^\|.*\n(?:\|.*\n)+/m.exec(PAGE.slice(from)) ?? ['']
  const rows = table.trimEnd().split('\n').slice(2)
  return rows.map((row) => row.slice(2, -2).split(' | '))
}

const labelsOf = (name: string): string[] => {
  const labels: string[] = []
  for (let at = 0; at < name.length; at += name.charCodeAt(at) + 1)
    labels.push(name.slice(at + 1, at + 1 + name.charCodeAt(at)))
  return labels
}

/** The part of a name by the page: the last one whose border is not above its sort text. */
function partOf(zone: Written, name: string): Names {
  const { sections } = unpack(zone.head)
  const borders = JSON.parse((sections[1] as Buffer).toString()) as string[]
  const hashes = sections[2] as Buffer
  if (hashes.length === 0) return new Names(sections.slice(3))
  const number = borders.findLastIndex((border) => border <= sortTextOf(labelsOf(name)))
  const hash = hashes.subarray(32 * number, 32 * (number + 1)).toString('hex')
  const part = unpack(zone.parts.get(hash) as Uint8Array).sections
  const meta = JSON.parse((sections[0] as Buffer).toString())
  const span = JSON.parse((part[0] as Buffer).toString())
  expect(span).toEqual([meta.origin, borders[number], borders[number + 1] ?? null])
  return new Names(part.slice(1))
}

/** The numbers of all records in the JSON of a policy, by the table of kinds. */
function recordNumbers(json: unknown): number[] {
  if (typeof json === 'number') return [json]
  const [kind, first, second] = json as unknown[]
  const all = (members: unknown): number[] => (members as unknown[]).flatMap(recordNumbers)
  if (typeof kind !== 'string') return all(json)
  const elements = elementsOf(kind)
  if (kind === 'values' || elements[0] === 'members') return all(first)
  if (elements[0] === 'alternatives') return all((first as unknown[])[1])
  return elements[1] === 'alternatives' ? all((second as unknown[])[1]) : []
}

const kinds = tableAfter('Every other policy is a list that begins with its kind').map(
  ([kind, elements]) => [kind?.replaceAll('`', '') as string, (elements as string).split(', ')] as const,
)
const elementsOf = (kind: string): readonly string[] => kinds.find(([name]) => name === kind)?.[1] ?? []

function expectLengths(json: unknown): void {
  if (typeof json === 'number') return
  const list = json as unknown[]
  const [kind] = list
  if (typeof kind !== 'string') return list.forEach(expectLengths)
  if (kind === 'values') return
  expect([kind, list.length - 1]).toEqual([kind, elementsOf(kind).length])
  if (elementsOf(kind)[0] === 'members') (list[1] as unknown[]).forEach(expectLengths)
}

const seen = new Set<string>()

/** A compiled name, in the form that the reader gives. */
function expectNode(read: ReadNode | undefined, node: ZoneNode, names: Names, originLength: number): void {
  const relative = (one: ZoneNode | undefined) => one?.key.slice(0, one.key.length - originLength)
  const at = (place: number | undefined) => (place === undefined ? undefined : names.at(place).name)
  expect(read).toBeDefined()
  if (!read) return
  expect([read.name, at(read.cut), at(read.dname), at(read.wildcard)]).toEqual(
    [node, node.cut, node.dname, node.wildcard].map(relative),
  )
  expect(read.rrsets.map(({ type, ttl, minTtl }) => [type, ttl, minTtl])).toEqual(
    node.rrsets.map(({ type, ttl, minTtl }) => [type, ttl, minTtl]),
  )
  read.rrsets.forEach(({ answer }, i) => {
    expectAnswer(answer, (node.rrsets[i] as { policy: Policy }).policy, names)
  })
}

function expectAnswer(answer: ReadNode['rrsets'][number]['answer'], policy: Policy, names: Names): void {
  seen.add('policy' in answer ? policy.kind : (Object.keys(answer)[0] as string))
  if ('address' in answer) {
    expect(recordsOf(policy).map(({ bytes }) => hex(bytes))).toEqual([answer.address])
    return
  }
  const json = 'policy' in answer ? names.policy(answer.policy) : answer.records
  expectLengths(json)
  if (policy.kind === 'script') return
  const read = recordNumbers(json).map((number): ReadRecord => names.record(number))
  const expected = recordsOf(policy).map(({ bytes, blank, names: own, text }) => ({
    ...{ data: hex(blank ?? bytes), auto: blank !== undefined },
    ...{ names: blank ? [] : own.map(({ at }) => at), text },
  }))
  expect(new Set(read.map((one) => JSON.stringify(one)))).toEqual(new Set(expected.map((one) => JSON.stringify(one))))
}

function expectRead(zone: LocalZone, octets: Written): void {
  const { length } = zone.origin.key
  for (const [key, node] of zone.names.nodes) {
    const name = key.slice(0, key.length - length)
    const names = partOf(octets, name)
    expectNode(names.find(name), node, names, length)
    // The nearest name above it is in the part, too, however far the part is from it.
    const above = name.slice(1 + name.charCodeAt(0))
    if (name !== '') expect(names.find(above)?.name).toBe(above)
    expect(names.find(`\x04none${name}`)).toBe(zone.names.nodes.has(`\x04none${key}`) ? expect.anything() : undefined)
  }
}

describe('docs/zone-format.md', () => {
  test('a reader of zone files that keeps to it finds what the compiled zone has', () => {
    fc.assert(
      fc.property(zoneText({ lua: true }), fc.boolean(), (text, inParts) => {
        const { zone } = must(compileText(text))
        expectRead(zone, written(zone, inParts ? TINY : undefined))
      }),
      { numRuns: runCount(400) },
    )
  })

  test('a reader of documents that keeps to it finds what the compiled zone has', () => {
    fc.assert(
      fc.property(fc.array(expression, { minLength: 1, maxLength: 8 }), fc.boolean(), (answers, inParts) => {
        const records = Object.fromEntries(answers.map((A, i) => [`w${i}.x`, { A }]))
        const compiled = compileZone(documentOf({ '@': { NS: 'ns' }, ...records }, { checks: CHECKS, maps: MAPS }))
        if (!compiled.ok) return
        const { zone } = compiled.value
        const octets = written(zone, inParts ? TINY : undefined)
        expectRead(zone, octets)
        const { sections } = unpack(octets.head)
        const tables = new Names(sections.slice(3))
        const meta = JSON.parse((sections[0] as Buffer).toString())
        expect(meta).toMatchObject({ serial: zone.serial, stale: zone.stale, usesHealth: zone.usesHealth })
        expect(tables.record(meta.soa[1])).toMatchObject({ data: hex(zone.negative.rdatas[0]?.bytes as Uint8Array) })
        for (const [name, number] of Object.entries(meta.maps)) {
          expect(tables.policy(number as number)).toHaveLength(9)
          expect(tables.policy(number as number)).toHaveProperty('0', name)
        }
      }),
      { numRuns: runCount(270) },
    )
  })

  test('both met every form of an answer and every kind', () => {
    const met = [...seen].sort()
    expect(met).toEqual(expect.arrayContaining(['address', 'records', 'pool', 'geo', 'script', 'view', 'weighted']))
  })

  test('has every kind', () => {
    expect(kinds.map(([kind]) => kind).sort()).toEqual([...Object.keys(STORE), 'script'].sort())
  })

  test('has the limits of limits.ts', () => {
    const KIB = 1024
    expect(PAGE).toContain(`${limits.MAX_HEAD_NAMES_BYTES / KIB} KiB or less`)
    expect(PAGE).toContain(`has more than ${limits.MAX_PART_BYTES / KIB / KIB} MiB`)
    expect(PAGE).toContain(`has less than ${limits.MIN_PART_BYTES / KIB} KiB`)
    expect(PAGE).toContain(`| ${limits.MAX_KEPT_ZONE_BYTES / KIB / KIB} MiB |`)
    expect(PAGE).toContain(`| ${limits.MAX_KEPT_NODES}, of ${limits.MAX_KEPT_NODE_BYTES / KIB / KIB} MiB of octets |`)
    expect(PAGE).toContain(`| levels of policies | ${4 * limits.MAX_DEPTH} |`)
  })

  test('parts of a large zone begin at the names whose hash says so', () => {
    const count = 30_000
    const names = Array.from({ length: count }, (_, i) => `h${i}`)
    const zone = must(compileZone(documentOf(Object.fromEntries(names.map((name) => [name, { A: '192.0.2.1' }]))))).zone
    const borders = JSON.parse((unpack(written(zone).head).sections[1] as Buffer).toString()) as string[]
    const chosen = names.filter((name) => hashOf([name.length, ...Buffer.from(name)], 0) % 4096 === 0).sort()
    expect(chosen.length).toBeGreaterThan(3)
    expect(borders.length).toBeGreaterThan(4)
    // The origin is a part of its own, so that the next one begins at the first of the other names.
    expect(borders.slice(0, 2)).toEqual(['', 'h0'])
    // The missing names would make a part below the least size: 200 names and less.
    for (const border of borders.slice(2)) expect(chosen).toContain(border)
  })
})
