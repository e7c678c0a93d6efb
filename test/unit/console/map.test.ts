import { describe, expect, test } from 'vitest'
import { numberAt, pointOf, SIDE } from '../../../src/console/map/hilbert.ts'
import {
  COLOURS,
  CURSOR_SIDE,
  cellLengthOf,
  cellOf,
  cellsAcross,
  colourAt,
  EVERYTHING,
  formatNetwork,
  labelsOf,
  lettersOf,
  type Network,
  NOTHING,
  networkAround,
  networkAt,
  painted,
  parseNetwork,
  rasterOf,
  SEVERAL,
  ShareNumbers,
  squareOf,
  styleOf,
  zoomedIn,
  zoomedOut,
} from '../../../src/console/map/index.ts'
import { parseName, TYPE } from '../../../src/dns/index.ts'
import { branchOf } from '../../../src/explain/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import type { Address } from '../../../src/net/index.ts'
import { type LocalZone, loadedZones } from '../../../src/zone/index.ts'
import { isSoak, runCount } from '../../effort.ts'
import { explain } from '../both-forms.ts'
import { parts } from '../explain/partition-support.ts'
import { AUSTIN, BERLIN, databaseOf, MUNICH } from '../geo/support.ts'
import { must, prefix, seeded, zoneOf } from '../support.ts'

describe('the curve', () => {
  test('each step leads to a neighbour, each place has one number, and back', () => {
    // The 4096 steps around the middle of each 64th of the curve; in the soak all steps.
    const part = isSoak ? SIDE * SIDE : (SIDE * SIDE) / 64
    const walked = isSoak ? part : 4096
    for (let first = 0; first < SIDE * SIDE; first += part) {
      const begin = first + Math.floor((part - walked) / 2)
      let before = pointOf(begin)
      for (let number = begin + 1; number < begin + walked; number++) {
        const point = pointOf(number)
        const way = Math.abs(point.x - before.x) + Math.abs(point.y - before.y)
        if (way !== 1 || numberAt(point) !== number) expect([number, way, numberAt(point)]).toEqual([number, 1, number])
        before = point
      }
    }
    expect([pointOf(0), pointOf(SIDE * SIDE - 1)]).toEqual([
      { x: 0, y: 0 },
      { x: SIDE - 1, y: 0 },
    ])
  })

  test.each(['0.0.0.0/0', '10.0.0.0/8', '192.168.0.0/16', '198.51.100.0/24'])(
    '%s is a square, and has its cells',
    (text) => {
      const network = parseNetwork(text) as Network
      const { x, y, side } = squareOf(network)
      expect(side).toBe(2 ** (12 - network.length / 2))
      const inside = new Set<string>()
      const random = seeded(1)
      for (let i = 0; i < 2000; i++) {
        const at = pointOf(Math.floor(network.start / 256) + Math.floor(random() * 2 ** (24 - network.length)))
        if (at.x < x || at.x >= x + side || at.y < y || at.y >= y + side) inside.add(JSON.stringify(at))
      }
      expect([...inside]).toEqual([])
    },
  )
})

describe('views', () => {
  test('from all of IPv4 by a /8 and a /16 to /24, and out again', () => {
    expect([0, 8, 16].map((length) => cellLengthOf({ start: 0, length }))).toEqual([18, 24, 24])
    expect([0, 8, 16].map((length) => cellsAcross({ start: 0, length }))).toEqual([512, 256, 16])
    const first = zoomedIn(must1('10.0.0.0/8'))
    expect(first && formatNetwork(first)).toBe('10.0.0.0/8')
    expect(zoomedIn(must1('10.20.30.0/24'))).toBeUndefined()
    expect(formatNetwork(zoomedOut(must1('10.20.0.0/16')) as Network)).toBe('10.0.0.0/8')
    expect(zoomedOut(EVERYTHING)).toBeUndefined()
  })

  test.each(['0.0.0.0/0', '10.0.0.0/8', '10.20.0.0/16'])(
    '%s: each cell of the cursor and of the grid is one network',
    (text) => {
      const view = must1(text)
      for (const across of [CURSOR_SIDE, cellsAcross(view)]) {
        const seen = new Set<string>()
        for (let y = 0; y < across; y++) {
          for (let x = 0; x < across; x++) {
            const network = networkAt(view, across, { x, y })
            seen.add(formatNetwork(network))
            const cell = x % 7 === 0 ? cellOf(view, across, network.start) : { x, y }
            if (cell.x !== x || cell.y !== y) expect(cell).toEqual({ x, y })
          }
        }
        expect(seen.size).toBe(across * across)
      }
    },
  )
})

const must1 = (text: string): Network => {
  const network = parseNetwork(text)
  if (!network) throw new Error(text)
  return network
}

describe('the raster', () => {
  const numbered = (...rows: readonly (readonly [string, number])[]) =>
    rows.map(([text, number]) => ({ ...must1(text), number }))
  const at = (view: Network, networks: ReturnType<typeof numbered>, text: string): number => {
    const { across, cells } = rasterOf(view, networks)
    const { x, y } = cellOf(view, across, must1(`${text}/32`).start)
    return cells[y * across + x] as number
  }

  test('has the number of each network, and says where there are several', () => {
    const all = numbered(
      ['0.0.0.0/1', 1],
      ['128.0.0.0/2', 2],
      ['192.0.0.0/3', 3],
      ['224.0.0.0/20', 4],
      ['224.0.16.0/20', 5],
    )
    expect(['10.1.2.3', '127.255.255.255', '128.0.0.0', '200.1.1.1'].map((one) => at(EVERYTHING, all, one))).toEqual([
      1, 1, 2, 3,
    ])
    expect(at(EVERYTHING, all, '224.0.0.1')).toBe(SEVERAL)
    expect(at(EVERYTHING, all, '240.0.0.1')).toBe(NOTHING)
    expect([at(must1('224.0.0.0/8'), all, '224.0.0.1'), at(must1('224.0.0.0/8'), all, '224.0.16.1')]).toEqual([4, 5])
    expect(at(must1('10.1.0.0/16'), numbered(['0.0.0.0/0', 7]), '10.1.2.3')).toBe(7)
  })

  test('names each branch in its largest square', () => {
    const raster = rasterOf(EVERYTHING, numbered(['0.0.0.0/2', 0], ['64.0.0.0/2', 1], ['128.0.0.0/1', 2]))
    const labels = labelsOf(raster)
    expect(labels.map(({ number }) => number).sort()).toEqual([0, 1, 2])
    for (const { number, x, y, side } of labels) {
      expect(side).toBe(256)
      expect(raster.cells[Math.floor(y) * raster.across + Math.floor(x)]).toBe(number)
    }
  })
})

describe('colours', () => {
  test('letters, colours and stripes tell branches apart', () => {
    expect([0, 25, 26, 51, 52, 702].map(lettersOf)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA', 'AAA'])
    const styles = Array.from({ length: 32 }, (_, number) => JSON.stringify(styleOf(number)))
    expect(new Set(styles).size).toBe(32)
  })

  test('any two colours differ for people with any kind of colour vision', () => {
    for (const seen of VISIONS) {
      const labs = COLOURS.map((colour) => labOf(seen(colour.map((value) => linear(value / 255)) as Triple)))
      for (const [i, one] of labs.entries()) {
        for (const other of labs.slice(i + 1))
          expect(Math.hypot(...one.map((v, j) => v - (other[j] as number)))).toBeGreaterThan(9)
      }
    }
  })

  test('cells of which nothing is known stay clear, and a cell may have several pixels', () => {
    const raster = { across: 2, cells: Uint16Array.from([0, 1, NOTHING, SEVERAL]) }
    const pixels = painted(raster, 4)
    const pixel = (x: number, y: number) => [...pixels.subarray((y * 4 + x) * 4, (y * 4 + x) * 4 + 4)]
    expect([pixel(0, 0), pixel(1, 1), pixel(2, 0), pixel(0, 2)]).toEqual([
      [...(COLOURS[0] ?? []), 255],
      [...(COLOURS[0] ?? []), 255],
      [...(COLOURS[1] ?? []), 255],
      [0, 0, 0, 0],
    ])
  })
})

// The simulations of Viénot, Brettel and Mollon (1999) for red and green, and one for blue, on linear light.
type Triple = [number, number, number]
const linear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
const by =
  (...rows: readonly Triple[]) =>
  (rgb: Triple): Triple =>
    rows.map((row) => row.reduce((sum, factor, i) => sum + factor * (rgb[i] as number), 0)) as Triple
const VISIONS = [
  by([1, 0, 0], [0, 1, 0], [0, 0, 1]),
  by([0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]),
  by([0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]),
  by([1, 0.1273, -0.1273], [0, 0.8739, 0.1261], [0, 0.8739, 0.1261]),
]
function labOf([r, g, b]: Triple): Triple {
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116)
  const [x, y, z] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((v) => f(Math.max(0, v))) as Triple
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const rules = (count: number, longest: number) =>
  Array.from({ length: count }, (_, i) => ({
    networks: [`${(i * 53) % 224}.${(i * 37) % 256}.${(i * 11) % 256}.0/${8 + ((i * 5) % (longest - 7))}`],
    answer: `192.0.2.${i % 11}`,
  }))

const geo = { kind: 'geo', countries: { DE: '192.0.2.50', US: ['192.0.2.51', '192.0.2.52'] }, otherwise: '192.0.2.53' }
const database = databaseOf([
  ['10.0.0.0/9', MUNICH],
  ['64.0.0.0/3', BERLIN],
  ['11.0.0.0/8', AUSTIN],
])

test.each<[what: string, zone: LocalZone]>([
  ['a view with networks up to /24', zoneOf({ a: { A: { kind: 'view', rules: rules(200, 24), otherwise: geo } } })],
  [
    'a view with longer networks',
    zoneOf({ a: { A: { kind: 'view', rules: rules(300, 30), otherwise: '192.0.2.99' } } }),
  ],
  [
    'a chance',
    zoneOf({
      a: { A: { kind: 'view', rules: rules(40, 12), otherwise: { kind: 'random', of: ['192.0.2.1', '192.0.2.2'] } } },
    }),
  ],
])(
  'the map of %s: the colours of 10,000 random addresses are those of explain, from the widest view that shows them',
  (_, zone) => {
    const zones = loadedZones([zone])
    const name = must(parseName('a.example.com.'))
    const shares = new ShareNumbers()
    const views = new Map<string, Uint8ClampedArray>()
    /** Draws a view as the page does, from a partition to its depth. */
    const drawn = (view: Network) => {
      const text = formatNetwork(view)
      const known = views.get(text)
      if (known) return known
      const list = parts(name, TYPE.A, zones, { database, within: prefix(text), depth: cellLengthOf(view) })
      const made = painted(rasterOf(view, shares.networks(list)), cellsAcross(view))
      views.set(text, made)
      return made
    }
    const random = seeded(9)
    const seen = { wide: 0, zoomed: 0, several: 0 }
    for (let i = 0; i < runCount(50_000, 50_000); i++) {
      const bytes = Uint8Array.from({ length: 4 }, () => Math.floor(random() * 256))
      const client: Address = { family: 1, bytes }
      const start = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
      const question = { name, type: TYPE.A, client, ecs: undefined }
      const { answers } = explain(question, zones, seeded(1), NO_HEALTH, database)
      const expected = shares.of({
        branch: branchOf(question, { zones, health: NO_HEALTH, database }),
        answers: answers
          .map(({ data, probability }) => ({ data, probability }))
          .sort((a, b) => (a.data < b.data ? -1 : 1)),
      })
      for (const length of [0, 8, 16]) {
        const view = networkAround(start, length)
        const across = cellsAcross(view)
        const { x, y } = cellOf(view, across, start)
        const pixels = drawn(view)
        const colour = [...pixels.subarray((y * across + x) * 4, (y * across + x) * 4 + 3)]
        const isSeveral = JSON.stringify(colour) === JSON.stringify(colourAt(SEVERAL, x, y))
        if (isSeveral && length < 16) continue
        if (isSeveral) seen.several++
        else {
          expect([start, colour]).toEqual([start, [...colourAt(expected, x, y)]])
          if (length === 0) seen.wide++
          else seen.zoomed++
        }
        break
      }
    }
    expect(seen.wide).toBeGreaterThan(seen.zoomed)
    expect(seen.several).toBeLessThan(seen.wide / 20)
  },
)
