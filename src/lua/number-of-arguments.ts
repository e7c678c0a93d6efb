import type { Expression } from 'luaparse'
import { isMultiple } from './script-syntax.ts'

/** The arguments of PowerDNS's functions, as examples. An argument in brackets may be left out. */
const USAGE: Readonly<Record<string, string>> = {
  all: "{'a', 'b'}",
  asnum: '64496',
  closestMagic: '',
  continent: "'EU'",
  continentCode: '',
  country: "'DE'",
  countryCode: '',
  createForward: '',
  createForward6: '',
  createReverse: "'%5%.example.com'[, exceptions]",
  createReverse6: "'%33%.example.com'[, exceptions]",
  dblookup: "'www.example.com', pdns.A",
  filterForward: "address, newNMG({'192.0.2.0/24'})[, fallback]",
  geoiplookup: "'192.0.2.1', GeoIPQueryAttribute.Country",
  latlon: '',
  latlonMagic: '',
  latlonloc: '',
  netmask: "{'192.0.2.0/24'}",
  newCA: "'192.0.2.1'",
  newCAFromRaw: 'octets[, port]',
  newCAS: '',
  newDN: "'www.example.com'",
  newNMG: "[{'192.0.2.0/24'}]",
  newNetmask: "'192.0.2.0/24'",
  newQType: "'A'",
  pdnslog: 'text[, level]',
  pdnsrandom: '[most]',
  pickclosest: "{'192.0.2.1', '198.51.100.1'}",
  region: "'BY'",
  regionCode: '',
}

/** The test to suggest if a function that gives a code is called with a text. */
const QUESTIONS: Readonly<Record<string, string>> = {
  continentCode: 'continent',
  countryCode: 'country',
  regionCode: 'region',
}

/** Why a call fails, whoever asks: it has too many arguments for PowerDNS, or too few. */
export function whyFailing(name: string, args: readonly Expression[]): string | undefined {
  const usage = Object.hasOwn(USAGE, name) ? USAGE[name] : undefined
  if (usage === undefined) return undefined
  const optional = usage.includes('[') ? 1 : 0
  const most = usage === '' ? 0 : countIn(usage)
  const last = args.at(-1)
  // The last may give any number of values.
  const isOpen = last !== undefined && isMultiple(last)
  const given = isOpen ? args.length - 1 : args.length
  const expected = `expected ${name}(${usage})`
  if (given > most) {
    const [first] = args
    const question = QUESTIONS[name]
    const instead = question && first?.type === 'StringLiteral' ? `${question}('${first.value.slice(0, 16)}'), or ` : ''
    return `${name} fails with more than ${plural(most)}; expected ${instead}${name}(${usage})`
  }
  if (!isOpen && given < most - optional) return `${name} fails with fewer than ${plural(most - optional)}; ${expected}`
  return undefined
}

/** Commas inside braces and parentheses part no arguments. */
const countIn = (usage: string): number =>
  usage
    .replace(/\[(?=,)|\]$/g, '')
    .replace(/\{[^}]*\}|\([^)]*\)/g, '')
    .split(',').length

const plural = (count: number): string => (count === 1 ? 'one argument' : `${count} arguments`)
