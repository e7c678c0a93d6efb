import { describe, expect, test } from 'vitest'
import { Damaged } from '../../../src/stored-value.ts'
import { Octets } from '../../../src/zone/stored/octet-writer.ts'
import { OctetReader } from '../../../src/zone/stored/octets.ts'
import { Tables } from '../../../src/zone/stored/tables.ts'

const words = (...numbers: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(numbers).buffer)
const NONE = new Uint8Array(0)

describe('OctetReader', () => {
  test.each<[string, number, (reader: OctetReader) => unknown]>([
    ['a number', 3, (reader) => reader.u16()],
    ['octets', 2, (reader) => reader.take(3)],
    ['its own beginning', 5, (reader) => reader.at],
  ])('reads nothing behind the end: %s', (_, at, read) => {
    expect(() => read(new OctetReader(Uint8Array.of(1, 2, 3, 4), at))).toThrow(Damaged)
  })

  test('reads to the end', () => {
    const reader = new OctetReader(Uint8Array.of(1, 2, 3, 4), 0)
    expect([reader.u16(), [...reader.take(2)]]).toEqual([513, [3, 4]])
  })
})

describe('records', () => {
  /** A record of these octets, with names at these places, and the text "x". */
  const record = (octets: readonly number[], places: readonly number[]) => {
    const data = new Octets()
    data.u16(octets.length)
    data.u8(0)
    data.u8(places.length)
    for (const place of places) data.u16(place)
    data.all(Uint8Array.from(octets))
    data.u32(1)
    data.latin1('x')
    return new Tables([words(0), data.written, NONE, NONE, NONE, NONE], {}).rdata(0)
  }

  test('have the names at their places', () => {
    expect(record([1, 0x61, 0, 1, 0x62, 0], [0, 3]).names.map(({ at, name }) => [at, name.key])).toEqual([
      [0, '\x01a\0'],
      [3, '\x01b\0'],
    ])
  })

  test.each<[string, number[], number[]]>([
    ['that do not end', [1, 0x61], [0]],
    ['that overlap', [1, 0x61, 0], [0, 2]],
    ['in another order', [1, 0x61, 0, 1, 0x62, 0], [3, 0]],
    ['with a label that is too long', [64, ...new Array(64).fill(0x61), 0], [0]],
    ['behind the data', [0], [4]],
  ])('have no names %s', (_, octets, places) => {
    expect(() => record(octets, places)).toThrow(Damaged)
  })
})

describe('arrays, policies and texts', () => {
  test.each<[string, (tables: Tables) => unknown]>([
    ['an array that is not aligned', (tables) => tables.words(1)],
    ['an array behind its section', (tables) => tables.octets(2)],
    ['a number that nothing has', (tables) => tables.texts(9)],
    ['a policy that ends before it begins', (tables) => tables.policy(1)],
    ['a policy behind its section', (tables) => tables.policy(2)],
  ])('%s is refused', (_, read) => {
    const data = words(1, 1, 0x61)
    const tables = new Tables(
      [NONE, NONE, words(3, 1, 9), Uint8Array.of(0x31, 0x32, 0x33), words(0, 12, 1, 4, 8, 8), data],
      {},
    )
    expect([tables.policy(0), tables.texts(0).at(0)]).toEqual([123, 'a'])
    expect(() => read(tables)).toThrow(Damaged)
  })

  test('a list of texts has as many as there are ends', () => {
    const tables = new Tables([NONE, NONE, NONE, NONE, words(0, 4, 4, 0), words(7)], {})
    expect([tables.texts(0).length, tables.texts(1).length]).toEqual([0, 0])
  })
})
