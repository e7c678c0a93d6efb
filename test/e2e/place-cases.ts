import type { Location } from '../../src/geo/index.ts'
import { maxmind } from '../unit/geo/support.ts'
import { seeded } from '../unit/support.ts'

/** Nested networks, whose locations are more detailed, less detailed or different. */
const PLACES: readonly (readonly [string, Location])[] = [
  ['10.0.0.0/8', place('EU DE', 51, 9)],
  ['10.1.0.0/16', place('EU DE BY Munich', 48.1374, 11.5755)],
  ['10.1.2.0/24', place('EU DE BE Berlin', 52.524, 13.411)],
  ['10.1.2.128/25', place('EU FR IDF Évry', 48.8566, 2.3522)],
  ['10.2.0.0/16', place('EU DE')],
  ['10.3.0.0/16', { continent: 'NA' }],
  ['10.4.0.0/16', place('', 10.1, -20.2)],
  ['127.0.0.0/8', place('EU IS', 64.1355, -21.8954)],
  ['127.0.0.2/32', place('AF GH', 5.556, -0.1969)],
  ['127.0.0.3/32', place('NA US NY', 40.7128, -74.006)],
  ['192.0.2.0/25', place('NA US CA San Francisco', 37.7749, -122.4194)],
  ['192.0.2.128/25', place('NA US NY New York', 40.7128, -74.006)],
  ['198.51.100.0/25', place('OC FJ', -18.1416, 178.4419)],
  ['198.51.100.128/25', place('OC WS', -13.8333, -171.7667)],
  ['203.0.113.0/26', place('SA BR SP São Paulo', -23.5475, -46.6361)],
  ['203.0.113.64/26', place('AF GH', 0.000004, -0.999999)],
  ['203.0.113.128/26', place('AN AQ', -90, 0)],
  ['203.0.113.192/26', place('OC NZ WGN', -41.0833333, 180)],
  ['2001:db8::/32', place('AS JP 13 Tokyo', 35.6895, 139.6917)],
  ['2001:db8:1::/48', place('AS SG', 1.28967, 103.85007)],
  ['2001:db8:1:8000::/49', place('AS IN MH Mumbai', 19.0728, 72.8826)],
  ['2001:db8:2::/64', { country: 'CH', latitude: 47.3667, longitude: 8.55 }],
]

function place(words: string, latitude?: number, longitude?: number): Location {
  const [continent, country, region, ...city] = words.split(' ')
  return {
    ...(continent && { continent: continent as NonNullable<Location['continent']> }),
    ...(country && { country }),
    ...(region && { region }),
    ...(city.length > 0 && { city: city.join(' ') }),
    ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
  }
}

/** Anywhere on earth, with up to seven decimals; every third is near an axis. */
const SPOTS: readonly (readonly [string, Location])[] = (() => {
  const random = seeded(3)
  const degrees = (most: number, digits: number) => Number(((random() * 2 - 1) * most).toFixed(digits)) + 0
  return Array.from({ length: 256 }, (_, i) => {
    const [latitude, longitude] = [degrees(i % 3 === 1 ? 1 : 90, i % 8), degrees(i % 3 === 2 ? 1 : 180, i % 8)]
    return [`100.64.${i >> 3}.${(i & 7) * 32}/27`, { latitude, longitude }]
  })
})()

/** Values that the two read differently. */
const ODD: readonly (readonly [string, unknown])[] = [
  ['233.252.0.0/32', { location: { latitude: 10.5, longitude: 20.25 } }],
  ['233.252.0.1/32', { country: 'DE', asn: 'AS5' }],
  ['233.252.0.2/32', { country: { iso_code: 'T1' } }],
  ['233.252.0.3/32', maxmind({ latitude: 90.5, longitude: 180.5 })],
  ['233.252.0.4/32', maxmind({ latitude: -23.3, longitude: -1 })],
]

export const CITY_ROWS: readonly (readonly [string, unknown])[] = [
  ...[...PLACES, ...SPOTS].map(([network, where]) => [network, maxmind(where)] as const),
  ...ODD,
]

/** The networks of another database, with other borders. */
export const ASN_ROWS: readonly (readonly [string, unknown])[] = (
  [
    ['10.1.0.0/17', 64_496],
    ['10.1.2.64/26', 64_497],
    ['192.0.2.0/24', 65_551],
    ['198.51.100.0/24', 4_200_000_000],
    ['203.0.113.0/25', 64_499],
    ['2001:db8::/33', 64_500],
  ] as const
).map(([network, number]) => [
  network,
  { autonomous_system_number: number, autonomous_system_organization: `Net ${number}` },
])

/** Networks of the Client Subnet option; undefined is a query without one. */
export const CLIENTS: readonly (string | undefined)[] = [
  ...[undefined, '10.0.0.0/8', '10.0.0.1/32', '10.1.0.0/16', '10.1.1.0/24', '10.1.2.0/24', '10.1.2.5/32'],
  ...['10.1.2.70/32', '10.1.2.128/25', '10.1.2.200/32', '10.1.200.0/24', '10.2.3.0/24', '10.3.3.0/24', '10.4.0.0/24'],
  ...['11.0.0.0/24', '9.255.255.255/32', '192.0.2.0/24', '192.0.2.127/32', '192.0.2.128/25', '192.0.2.255/32'],
  ...['192.0.3.0/24', '198.51.100.0/24', '198.51.100.1/32', '203.0.113.0/24', '203.0.113.9/32', '203.0.113.70/32'],
  ...['203.0.113.130/32', '203.0.113.200/32', '::ffff:10.1.2.3/128', '2001:db8::/32', '2001:db8::/48'],
  ...['2001:db8:1::/48', '2001:db8:1:8000::/56', '2001:db8:1:7fff::/64', '2001:db8:2::/48', '2001:db8:2::1/128'],
  ...['2001:db8:2:1::/64', '2001:db8:8000::/48', '2001:db9::/32', 'fe80::/16', '::1/128'],
]

/** A client at each of the locations. */
export const SPOT_CLIENTS = SPOTS.map(([network]) => network)

type PlaceCase = readonly [type: string, code: string]

const tests: readonly string[] = [
  ...["country('DE')", "country('de')", "country({'FR', 'US'})", 'country({})', "country('unknown')", "country('--')"],
  ...["country('')", "country({'de', {}})", "country('FR', 'DE')", 'country()', 'country(true)', "country({a = 'DE'})"],
  ...["continent('EU')", "continent({'as', 'OC'})", "continent('unknown')", "continent('Europe')"],
  ...["region('BY')", "region({'ca', 'NY', '13'})", "region('DE-BY')", 'region(13)', "region('unknown')"],
  ...["asnum('64496')", "asnum({'64496', '65551'})", 'asnum(64496)', 'asnum({64496, 64500})', "asnum('AS64496')"],
  ...["asnum('unknown')", "asnum('4200000000')", 'asnum(4200000000)', 'asnum(64496.5)'],
]

/** Attributes as numbers: 4.7 has no GeoIPQueryAttribute. Our databases lack the name of an autonomous system (5). */
const attributes = [0, 1, 2, 3, 4, 6, 7, 8, -1]

const lookUps: readonly string[] = [
  ...['10.0.0.1', '10.1.2.3', '10.1.2.200', '10.3.0.1', '192.0.2.1', '198.51.100.9', '203.0.113.1', '203.0.113.70'],
  ...['127.0.0.1', '127.0.0.2', '9.9.9.9', '2001:db8::1', '2001:db8:1:9000::1', '2001:db8:2:1::1', '2001:db9::1'],
  ...['::ffff:10.1.2.3', '10.1.2.0/24', '10.1.2.200/24', '2001:db8::/32', 'nonsense', '', '10.1.2', '10.1.2.3:53'],
  ...['10.1.2.3/x', '10.1.2.3/-1', '10.1.2.3 /8', ' 10.1.2.3', '2001:db8::1%eth0', '0x0a010203'],
]

const every = (address: string): string =>
  `;local t = {} for _, i in ipairs({0, 1, 2, 3, 4, 6, 7}) do t[#t + 1] = geoiplookup(${address}, i) end return table.concat(t, '|')`

const nearest: readonly string[] = [
  ...["{'192.0.2.1', '203.0.113.1', '10.1.0.1'}", "{'192.0.2.1', '192.0.2.200'}", "{'192.0.2.1', '11.0.0.1'}"],
  ...[
    "{'10.1.0.1', '10.1.2.200', '10.1.2.1'}",
    "{'10.1.0.1'}",
    "{'10.1.0.1:80', '192.0.2.1:81'}",
    '(function() return {} end)()',
  ],
  ...[
    "{'nonsense'}",
    "{'10.1.0.1', 'nonsense'}",
    "{'10.1.0.1', 7}",
    "{'10.1.0.0/16'}",
    "{'203.0.113.70', '10.4.0.1', '203.0.113.130'}",
  ],
]

/** Returns the code in a form that runs. Otherwise the compiler refuses its mistakes. */
const hidden = (call: string): string => `;return (function(...) return ... end)(${call})`

/** Code with equal answers for every client. */
export const PLACE_CASES: readonly PlaceCase[] = [
  ...tests.map((code): PlaceCase => ['TXT', `;return tostring(${code})`]),
  ...['countryCode()', 'continentCode()', 'regionCode()', 'latlon()', 'latlonloc()'].map(txt),
  ...attributes.map((number) => txt(`geoiplookup(bestwho:toString(), ${number}) .. '|'`)),
  txt(every('ecswho:toString()')),
  ...lookUps.map((address) => txt(every(`'${address}'`))),
  ...["geoiplookup('127.0.0.1')", 'geoiplookup(bestwho, 4)', "geoiplookup('127.0.0.1', '4')", 'geoiplookup()'].map(txt),
  ...["geoiplookup('127.0.0.1', 'x')", 'geoiplookup(127, 4)', "geoiplookup('127.0.0.1', 4, 5)"].map(txt),
  ...["latlon('x')", 'latlon(nil)', "latlonloc('x')", 'regionCode(1)', 'countryCode(1)', 'continentCode(1)'].map(txt),
  ...['latlonMagic(1)', 'closestMagic(1)', "pickclosest({'127.0.0.1'}, 5)", "pickclosest('127.0.0.1')"].map(txt),
  ...nearest.map((list): PlaceCase => ['A', hidden(`pickclosest(${list})`)]),
  ['AAAA', "pickclosest({'2001:db8:2::1', '2001:db9::1'})"],
  ['TXT', "pickclosest({'2001:db8:2::1', '192.0.2.1'})"],
  [
    'A',
    ";if country({'DE', 'FR'}) then return pickrandom({'192.0.2.1'}) end return pickhashed({'192.0.2.2', '192.0.2.3', '192.0.2.4'})",
  ],
  [
    'A',
    ";if continent('EU') then return pickwhashed({{1, '192.0.2.1'}, {3, '192.0.2.2'}}) elseif country('US') then return {'192.0.2.3', '192.0.2.4'} end return {}",
  ],
  [
    'A',
    ";if asnum({'64496', '64500'}) then return '192.0.2.1' elseif region('NY') then return '192.0.2.2' end return view({{{'10.0.0.0/8'}, {'192.0.2.3'}}, {{'0.0.0.0/0', '::/0'}, {'192.0.2.4'}}})",
  ],
  [
    'A',
    ";if countryCode() == 'de' and regionCode() ~= '--' then return '192.0.2.1' end return pickclosest({'10.1.0.1', '192.0.2.1', '198.51.100.1'})",
  ],
  ['A', ";if tonumber(latlon():match(' (%S+)$')) < 0 then return '192.0.2.1' end return '192.0.2.2'"],
]

function txt(code: string): PlaceCase {
  return ['TXT', code.startsWith(';') ? code : `;return ${code}`]
}

/** Names of wildcards whose labels are addresses. */
export const MAGIC_NAMES: readonly PlaceCase[] = [
  ...[
    '10-1-0-1.192-0-2-1',
    '192-0-2-1.198-51-100-1.x',
    'x.10-1-0-1',
    '10-1-0-1',
    'www',
    '7',
    '7.x.10-1-0-1',
    '10-1-0-300.10-1-0-1',
  ].map((name): PlaceCase => ['A', `${name}.closest`]),
  ...['3.2.1.10', '1.2.0.192', 'x.3.2.1.10', '3.2.1.10.x', '300.2.1.10', '03.2.1.10', 'a.b', 'a'].map(
    (name): PlaceCase => ['TXT', `${name}.magic`],
  ),
]

/** Several that are equally near to the client: chance picks one of them. */
export const TIES: readonly (readonly [code: string, client: string, tied: readonly string[]])[] = [
  ["pickclosest({'10.1.0.1', '10.1.0.2', '192.0.2.1'})", '10.0.0.0/24', ['10.1.0.1', '10.1.0.2']],
  ["pickclosest({'11.0.0.1', '11.0.0.2', '192.0.2.1'})", '203.0.113.64/26', ['11.0.0.1', '11.0.0.2']],
  ["pickclosest({'192.0.2.1', '9.9.9.9', '11.0.0.1'})", '9.1.0.0/16', ['9.9.9.9', '11.0.0.1']],
  ["pickclosest({'10.1.0.1', '10.1.0.1', '192.0.2.1'})", '10.0.0.0/24', ['10.1.0.1']],
]

type Difference = readonly [why: string, type: string, code: string, client: string, ours: string, theirs: string]

const RFC_1876 = '00121613'

/** Differences in which 4.7.3 is not a model. */
export const DIFFERENCES: readonly Difference[] = [
  [
    'the date line is crossed eastwards too',
    'A',
    "pickclosest({'192.0.2.1', '198.51.100.1'})",
    '198.51.100.128/25',
    '198.51.100.1',
    '192.0.2.1',
  ],
  [
    'coordinates count without a radius of accuracy',
    'TXT',
    'latlon()',
    '233.252.0.0/32',
    '"10.500000 20.250000"',
    '"0.000000 0.000000"',
  ],
  ['databases that are flat are read', 'TXT', 'countryCode()', '233.252.0.1/32', '"de"', '"--"'],
  ['what is no country in ISO 3166 is unknown', 'TXT', 'countryCode()', '233.252.0.2/32', '"--"', '"t1"'],
  [
    'coordinates beyond the poles are unknown',
    'TXT',
    'latlon()',
    '233.252.0.3/32',
    '"0.000000 0.000000"',
    '"90.500000 180.500000"',
  ],
  [
    'in LOC, 2.55795e-12 seconds are none: 4.7.3 reads 2.557',
    'LOC',
    'latlonloc()',
    '233.252.0.4/32',
    `${RFC_1876}7b0017c07fc9118000989680`,
    `${RFC_1876}7b000dc37fc9118000989680`,
  ],
  ['6to4 is at an unknown place', 'TXT', 'countryCode()', '2002:a01:203::/48', '"--"', '"de"'],
  ['IPv4 is nowhere else in IPv6', 'TXT', "geoiplookup('::10.1.2.3', 4)", '10.0.0.0/8', '"unknown"', '"de"'],
  ['a network of 33 bits is none', 'TXT', "geoiplookup('10.1.2.3/33', 4) .. '|'", '10.0.0.0/8', '"|"', '"de|"'],
  ['an address in brackets is none', 'TXT', "geoiplookup('[::1]', 4) .. '|'", '10.0.0.0/8', '"|"', '"unknown|"'],
  ['4.7 attributes are 4', 'TXT', "geoiplookup('10.1.2.3', 4.7)", '10.0.0.0/8', '"de"', 'SERVFAIL'],
  [
    'the name of an autonomous system is not kept',
    'TXT',
    "geoiplookup('10.1.0.1', 5)",
    '10.0.0.0/8',
    '"unknown"',
    '"net 64496"',
  ],
]

/** Policies of a document, which PowerDNS gets as an exported zone. */
export const EXPORTED: Readonly<Record<string, unknown>> = {
  geo: {
    kind: 'geo',
    networks: { '10.1.2.64/26': '192.0.2.1', '203.0.113.128/25': ['192.0.2.2', '192.0.2.3'], '2001:db8:1::/52': [] },
    asns: { AS64496: '192.0.2.4', '4200000000': '192.0.2.4', AS64499: '192.0.2.5' },
    cities: { 'DE/Berlin': '192.0.2.6', 'US-CA/San Francisco': '192.0.2.7', 'fr-idf/Évry': '192.0.2.8' },
    regions: { 'DE-BY': '192.0.2.9', 'US-NY': '192.0.2.10', 'us-ca': '192.0.2.10', 'JP-13': '192.0.2.11' },
    countries: { de: '192.0.2.12', US: '192.0.2.13', JP: '192.0.2.12', IN: ['192.0.2.14', '192.0.2.15'] },
    continents: { EU: '192.0.2.16', NA: '192.0.2.17', AS: { kind: 'hashed', of: ['192.0.2.18', ['192.0.2.19']] } },
    otherwise: '192.0.2.20',
  },
  map: {
    kind: 'datacenters',
    map: 'world',
    datacenters: { fra: ['192.0.2.1', '192.0.2.2'], nyc: '192.0.2.3', sin: [] },
  },
  nearest: {
    kind: 'pool',
    select: 'nearest',
    count: 2,
    members: [
      { answer: '192.0.2.1', latitude: 50.11, longitude: 8.68 },
      { answer: ['192.0.2.2', '192.0.2.3'], latitude: 40.71, longitude: -74.01 },
      { answer: '192.0.2.4', latitude: 1.35, longitude: 103.82 },
    ],
  },
}

export const EXPORTED_MAPS: Readonly<Record<string, unknown>> = {
  world: {
    datacenters: ['fra', 'nyc', 'sin'],
    coordinates: { fra: [50.11, 8.68], nyc: [40.71, -74.01], sin: [1.35, 103.82] },
    networks: { '10.1.0.0/24': ['nyc'] },
    countries: { US: ['nyc', 'fra'], GH: 'auto' },
    continents: { SA: ['nyc'], AF: [] },
  },
}
