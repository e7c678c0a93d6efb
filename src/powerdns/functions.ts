import { BY_VALUE, byTables, byTexts, COPIED, NUMBERS, READ } from '../lua-vm/index.ts'
import { newCA, newCAFromRaw, newCAS, STEPS_AN_ADDRESS } from './address.ts'
import { WRITTEN } from './arguments.ts'
import { newQType } from './constants.ts'
import { dblookup, LOOKED_UP } from './dblookup.ts'
import { createForward, createForward6, createReverse, createReverse6, filterForward } from './generate.ts'
import { closestMagic, codeBy, geoiplookup, isPlacedBy, latlon, latlonloc, latlonMagic, pickclosest } from './geo.ts'
import { healthCall } from './health.ts'
import { newDN } from './name.ts'
import { netmask, newNetmask, newNMG } from './netmask.ts'
import { pdnslog, pdnsrandom, report } from './pdns.ts'
import {
  all,
  pickchashed,
  pickhashed,
  picknamehashed,
  pickrandom,
  pickrandomsample,
  pickwhashed,
  pickwrandom,
} from './picks.ts'
import type { FunctionRow, Parameter } from './row.ts'
import { view } from './view.ts'

const EVALUATED = { on: 'evaluation' } as const
/** Depends on its arguments alone. */
const PURE = { reads: [], on: 'arguments' } as const

// --- common parts of rows --------------------------------------------------------------------------------------------

const LIST: Parameter = ['folded', "{'a', 'b'}"]
const WEIGHTED_LIST: Parameter = ['folded', "{{1, 'a'}, {2, 'b'}}"]

/** Its elements are copied. */
const OF_LIST = { ...EVALUATED, takes: [LIST], charge: byTables(1, COPIED) } as const
const PICK = { ...OF_LIST, gives: 'element', folds: 'choice' } as const
/** Its weights are read. */
const WEIGHTED_PICK = {
  ...EVALUATED,
  takes: [WEIGHTED_LIST],
  charge: byTables(2, COPIED),
  gives: 'weighted element',
  folds: 'choice',
} as const

const ADDRESSES: Parameter = ['folded', "{'192.0.2.1', '192.0.2.2'}"]
const URL: Parameter = ['folded', "'https://a.example/'"]
const URLS: Parameter = ['folded', "{{['192.0.2.1']='https://a.example/'}}"]
const OPTIONS: Parameter = ['folded', "{selector='all'}"]

const POOL = { ...EVALUATED, charge: WRITTEN, folds: 'pool', run: healthCall } as const

/** The client is located. */
const LOCATED = { ...EVALUATED, charge: byTexts(COPIED, 8) } as const
const ATTRIBUTE_TEST = { ...EVALUATED, charge: byTables(1, READ, 1, 8), gives: 'true or false' } as const

const REVERSED = { on: 'query', charge: byTexts(1), gives: 'text' } as const

/**
 * PowerDNS's functions, one row each. No function changes a table among its arguments, or keeps it: what scripts have
 * in variables stays known when a zone is compiled.
 */
export const FUNCTIONS = {
  all: { ...OF_LIST, reads: [], gives: 'list', folds: 'list', run: all },
  asnum: { ...ATTRIBUTE_TEST, takes: [['text or texts', '64496']], reads: ['place'], run: isPlacedBy('asn') },
  closestMagic: {
    ...LOCATED,
    takes: [],
    reads: ['name', 'distance', 'chance'],
    gives: 'text',
    run: closestMagic,
  },
  continent: { ...ATTRIBUTE_TEST, takes: [['text or texts', "'EU'"]], reads: ['place'], run: isPlacedBy('continent') },
  continentCode: { ...LOCATED, takes: [], reads: ['place'], gives: 'text', run: codeBy('continent') },
  country: { ...ATTRIBUTE_TEST, takes: [['text or texts', "'DE'"]], reads: ['place'], run: isPlacedBy('country') },
  countryCode: { ...LOCATED, takes: [], reads: ['place'], gives: 'text', run: codeBy('country') },
  createForward: { on: 'query', takes: [], charge: BY_VALUE, reads: ['name'], gives: 'text', run: createForward },
  createForward6: { on: 'query', takes: [], charge: BY_VALUE, reads: ['name'], gives: 'text', run: createForward6 },
  createReverse: {
    ...REVERSED,
    takes: [['format of IPv4 names', "'%5%.example.com'"]],
    optional: ['exceptions by IPv4 address', 'exceptions', "{['192.0.2.1']='a.example.com'}"],
    reads: ['name'],
    run: createReverse,
  },
  createReverse6: {
    ...REVERSED,
    takes: [['format of IPv6 names', "'%33%.example.com'"]],
    optional: ['exceptions by IPv6 address', 'exceptions', "{['2001:db8::1']='a.example.com'}"],
    reads: ['name'],
    run: createReverse6,
  },
  dblookup: {
    ...EVALUATED,
    takes: [
      ['name to look up', "'www.example.com'"],
      ['number', 'pdns.A'],
    ],
    charge: LOOKED_UP,
    reads: ['data'],
    gives: 'list',
    run: dblookup,
  },
  filterForward: {
    ...PURE,
    takes: [
      ['address', 'address', "'192.0.2.1'"],
      ['group of networks', "newNMG({'192.0.2.0/24'})"],
    ],
    optional: ['fallback address', 'fallback', "'192.0.2.1'"],
    charge: byTexts(COPIED),
    gives: 'list',
    run: filterForward,
  },
  geoiplookup: {
    ...EVALUATED,
    takes: [
      ['network to locate', "'192.0.2.1'"],
      ['attribute', 'GeoIPQueryAttribute.Country'],
    ],
    charge: byTexts(COPIED, STEPS_AN_ADDRESS),
    reads: ['database'],
    gives: 'text',
    run: geoiplookup,
  },
  ifportup: {
    ...POOL,
    takes: [['folded', '443'], ADDRESSES],
    optional: OPTIONS,
    reads: ['health', 'options'],
    gives: 'list',
  },
  ifurlextup: { ...POOL, takes: [URLS], optional: OPTIONS, reads: ['health', 'options'], gives: 'list' },
  ifurlup: { ...POOL, takes: [URL, ADDRESSES], optional: OPTIONS, reads: ['health', 'options'], gives: 'list' },
  latlon: { ...LOCATED, takes: [], reads: ['place'], gives: 'text', run: latlon },
  latlonMagic: { ...LOCATED, takes: [], reads: ['name', 'database'], gives: 'text', run: latlonMagic },
  latlonloc: { ...LOCATED, takes: [], reads: ['place'], gives: 'text', run: latlonloc },
  netmask: {
    on: 'query',
    takes: [['networks', "{'192.0.2.0/24'}"]],
    charge: byTables(1, COPIED),
    reads: ['client'],
    gives: 'true or false',
    run: netmask,
  },
  newCA: { ...PURE, takes: [['address', "'192.0.2.1'"]], charge: byTexts(COPIED), gives: 'address', run: newCA },
  newCAFromRaw: {
    ...PURE,
    takes: [['octets', 'octets', "'\\192\\000\\002\\001'"]],
    optional: ['number', 'port', '53'],
    charge: byTexts(COPIED),
    gives: 'address',
    run: newCAFromRaw,
  },
  newCAS: { ...PURE, takes: [], charge: BY_VALUE, gives: 'addresses', run: newCAS },
  newDN: { ...PURE, takes: [['name', "'www.example.com'"]], charge: byTexts(COPIED, 8), gives: 'name', run: newDN },
  newNMG: {
    ...PURE,
    takes: [],
    optional: ['members of a group', "{'192.0.2.0/24'}"],
    charge: byTables(1, COPIED),
    gives: 'networks',
    run: newNMG,
  },
  newNetmask: {
    ...PURE,
    takes: [['network', "'192.0.2.0/24'"]],
    charge: byTexts(COPIED),
    gives: 'network',
    run: newNetmask,
  },
  newQType: { ...PURE, takes: [['type', "'A'"]], charge: byTexts(COPIED), gives: 'type', run: newQType },
  pdnslog: {
    ...PURE,
    takes: [['text', 'text', "'text'"]],
    optional: ['number', 'level', 'pdns.loglevels.Info'],
    charge: BY_VALUE,
    gives: 'nothing',
    run: pdnslog,
  },
  pdnsrandom: {
    on: 'arguments',
    takes: [],
    optional: ['number', 'most', '100'],
    charge: NUMBERS,
    reads: ['chance'],
    gives: 'number',
    run: pdnsrandom,
  },
  pickchashed: { ...WEIGHTED_PICK, reads: ['client'], run: pickchashed },
  pickclosest: {
    ...EVALUATED,
    takes: [['addresses', "{'192.0.2.1', '198.51.100.1'}"]],
    charge: byTables(1, COPIED),
    reads: ['distance', 'chance'],
    gives: 'element',
    run: pickclosest,
  },
  pickhashed: { ...PICK, reads: ['client'], run: pickhashed },
  picknamehashed: { ...WEIGHTED_PICK, reads: ['name'], run: picknamehashed },
  pickrandom: { ...PICK, reads: ['chance'], run: pickrandom },
  pickrandomsample: {
    ...OF_LIST,
    takes: [['folded', 'n', '2'], LIST],
    reads: ['chance'],
    gives: 'list',
    folds: 'list',
    run: pickrandomsample,
  },
  pickselfweighted: {
    ...POOL,
    takes: [URL, ADDRESSES],
    optional: ['folded', '{timeout=1}'],
    reads: ['health', 'client'],
    gives: 'text',
  },
  pickwhashed: { ...WEIGHTED_PICK, reads: ['client'], run: pickwhashed },
  pickwrandom: { ...WEIGHTED_PICK, reads: ['chance'], run: pickwrandom },
  region: { ...ATTRIBUTE_TEST, takes: [['text or texts', "'BY'"]], reads: ['place'], run: isPlacedBy('region') },
  regionCode: { ...LOCATED, takes: [], reads: ['place'], gives: 'text', run: codeBy('region') },
  report: {
    ...PURE,
    takes: [['text', 'id', "'id'"]],
    optional: ['number', 'status', '1'],
    charge: BY_VALUE,
    gives: 'nothing',
    run: report,
  },
  view: {
    ...EVALUATED,
    takes: [['folded', "{{{'192.0.2.0/24'}, {'a'}}, …}", "{{{'192.0.2.0/24'}, {'a'}}}"]],
    charge: byTables(3, COPIED),
    reads: ['client', 'chance'],
    gives: 'text',
    folds: 'choice',
    run: view,
  },
} as const satisfies Readonly<Record<string, FunctionRow>>
