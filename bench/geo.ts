import { Database, type GeoPartition, type Location, pack, RangeList } from '../src/geo/index.ts'
import { MAX_PLACE_STEPS } from '../src/limits.ts'
import type { Address } from '../src/net/index.ts'
import { type Expression, type Policy, seededRng } from '../src/policy/index.ts'
import { zoneOf } from './engine.ts'
import { SOA } from './messages.ts'

/**
 * `node bench/geo.ts`: the time and memory of a database of realistic size. It has 300,000 IPv4 and 200,000 IPv6
 * networks of random sizes, in 100,000 locations of 60 countries. As on the Internet, neighbours are often, but not
 * always, in the same country. `node bench/geo.ts city` is as large as GeoLite2-City.
 */
const isCity = process.argv[2] === 'city'
const NETWORKS = isCity ? { v4: 3_500_000, v6: 1_300_000 } : { v4: 300_000, v6: 200_000 }
const [PLACES, AREAS] = isCity ? [400_000, 120_000] : [100_000, 100_000]
const random = seededRng(7)

const countries = Array.from({ length: 60 }, (_, i) => `${letter(i)}${letter(i * 7)}`)
const continents = ['AF', 'AS', 'EU', 'NA', 'OC', 'SA'] as const
const places: Location[] = Array.from({ length: PLACES }, (_, i) => ({
  continent: continents[i % 6] as Location['continent'] & string,
  country: countries[i % 60] as string,
  region: `${(i % AREAS) % 17}`,
  city: `City of ${i % AREAS}`,
  latitude: Math.round(random() * 1_800_000 - 900_000) / 10_000,
  longitude: Math.round(random() * 3_600_000 - 1_800_000) / 10_000,
}))

const started = performance.now()
const packed = pack({ v4: ranges(1, NETWORKS.v4), v6: ranges(4, NETWORKS.v6), places: [{}, ...places] }, [
  ...(['continent', 'country', 'region', 'city', 'location'] as const),
])
console.log(
  `packed ${(packed.reduce((sum, { length }) => sum + length, 0) / 2 ** 20).toFixed(1)} MiB in ${(performance.now() - started).toFixed(0)} ms`,
)

const opening = performance.now()
const buffers = packed.map(({ buffer }) => buffer as ArrayBuffer)
const opened = Database.open(buffers, MAX_PLACE_STEPS)
console.log(`opened in ${((performance.now() - opening) * 1000).toFixed(0)} µs`)
if (!opened.ok) throw new Error(opened.error)
const database = opened.value
console.log(`${JSON.stringify(database.summary)}`)

const clients: Address[] = Array.from({ length: 20_000 }, (_, i) => {
  const bytes = Uint8Array.from({ length: i % 3 === 0 ? 16 : 4 }, () => Math.floor(random() * 256))
  if (bytes.length === 16) bytes[0] = 0x20 | (bytes[0] as number & 15)
  return { family: bytes.length === 16 ? 2 : 1, bytes }
})

const divisions: [string, GeoPartition | undefined][] = [
  ['the row alone', undefined],
  ['one country and all others', divisionOf({ countries: { [countries[0] as string]: '192.0.2.1' } })],
  ['six continents', divisionOf({ continents: Object.fromEntries(continents.map((c, i) => [c, `192.0.2.${i}`])) })],
  ['60 countries', divisionOf({ countries: Object.fromEntries(countries.map((c, i) => [c, `192.0.2.${i}`])) })],
  ['a country that nobody is in', divisionOf({ countries: { ZZ: '192.0.2.1' } })],
  ['nearest of 10 with health', nearestOf(10)],
]
for (const [name, division] of divisions) {
  const heap = process.memoryUsage()
  const times: number[] = []
  for (let round = 0; round < 4; round++) {
    let longest = 0
    const start = performance.now()
    for (const client of clients) {
      const one = performance.now()
      if (division) database.locate(client, division)
      else database.lookup(client)
      longest = Math.max(longest, performance.now() - one)
    }
    times.push((performance.now() - start) / clients.length)
    if (round === 0)
      console.log(
        `${name}: first ${(1000 * (times[0] as number)).toFixed(2)} µs each, longest ${longest.toFixed(2)} ms`,
      )
    else if (round === 3)
      console.log(`${name}: then ${(1000 * (times[3] as number)).toFixed(2)} µs each, longest ${longest.toFixed(3)} ms`)
  }
  const after = process.memoryUsage()
  const grown = (after.arrayBuffers - heap.arrayBuffers) / 2 ** 20
  console.log(`${name}: remembers ${grown.toFixed(1)} MiB`)
}
function letter(i: number): string {
  return String.fromCharCode(65 + (i % 25))
}

/** Makes ranges. A neighbour is in the same country four times in five. */
function ranges(words: 1 | 4, count: number): RangeList {
  const starts = new Set<number>([0])
  // IPv6 is dense in the /32s that are in use.
  const used = Array.from({ length: count / 16 }, () => Math.floor(random() * 2 ** 20) * 2 ** 16)
  const any6 = () => (used[Math.floor(random() * used.length)] as number) + Math.floor(random() * 2 ** 16)
  while (starts.size < count) starts.add(words === 1 ? Math.floor(random() * 2 ** 24) : any6())
  const list = new RangeList(words)
  let place = 0
  for (const start of [...starts].sort((a, b) => a - b)) {
    const country = random() < 0.8 ? place % 60 : Math.floor(random() * 60)
    place = country + 60 * Math.floor(random() * Math.floor((PLACES - 60) / 60))
    // IPv4 in /24s and larger; IPv6 in /48s and larger below 2000::/4.
    const words4 = [0x20_00_00_00 + Math.floor(start / 2 ** 16), (start % 2 ** 16) * 2 ** 16, 0, 0]
    list.add(words === 1 ? [start * 256] : words4, 0, place + 1)
  }
  if (words === 4 && list.allStarts[0] !== 0) {
    const whole = new RangeList(4)
    whole.add([0, 0, 0, 0], 0, 0)
    for (let i = 0; i < list.length; i++) whole.add(list.allStarts, i * 4, list.value(i))
    return whole
  }
  return list
}

function divisionOf(levels: Partial<Extract<Expression, { kind: 'geo' }>>): GeoPartition {
  const policy = policyOf({ kind: 'geo', otherwise: '198.51.100.1', ...levels })
  if (policy.kind !== 'geo') throw new Error(policy.kind)
  return policy.division
}

function nearestOf(count: number): GeoPartition {
  const members = Array.from({ length: count }, (_, i) => ({
    ...{ answer: `192.0.2.${i}`, latitude: random() * 120 - 60, longitude: random() * 360 - 180 },
  }))
  const policy = policyOf({ kind: 'pool', select: 'nearest', check: { kind: 'tcp', port: 80 }, members })
  if (policy.kind !== 'pool' || !policy.nearest) throw new Error(policy.kind)
  return policy.nearest.division
}

function policyOf(answer: Expression): Policy {
  const zone = zoneOf({ origin: 'example.com', ttl: 300, soa: SOA, records: { www: { A: answer } } })
  const policy = [...zone.names.all()].flatMap(({ rrsets }) => rrsets).find(({ type }) => type === 1)?.policy
  if (!policy) throw new Error('no policy')
  return policy
}
