import { byDistance, type Coordinates, type Location, squaredDegrees, UNKNOWN_LOCATION } from '../geo/query-path.ts'
import {
  formatFixed,
  formatGeneral,
  type Implementation,
  integerArgument,
  joinable,
  LuaTable,
  type LuaValue,
  type Run,
  textArgument,
  typeOf,
} from '../lua-vm/index.ts'
import { type Address, parseAddress, parsePrefix } from '../net/index.ts'
import type { IsInStep } from '../policy/index.ts'
import { type PlaceAttribute, rounded } from '../policy/query-path.ts'
import { comboFromText, formatCombo } from './address.ts'
import { drawOne, textsIn, textsOf } from './lists.ts'
import { labelsOf, stepsFor } from './name.ts'
import { evaluationOf } from './script-host.ts'

type Args = readonly LuaValue[]

// PowerDNS's values for an unknown location are `unknown`, `--`, and 0 degrees.

const placeBy = (attribute: PlaceAttribute, run: Run): Location => evaluationOf(run).locatedBy(attribute).place

/** PowerDNS's GeoIPQueryAttribute. */
const ATTRIBUTE = { ASn: 0, City: 1, Continent: 2, Country: 3, Country2: 4, Name: 5, Region: 6, Location: 7 } as const

/** The attributes that functions test, in PowerDNS's numbers. */
const TESTED = {
  asn: ATTRIBUTE.ASn,
  continent: ATTRIBUTE.Continent,
  country: ATTRIBUTE.Country2,
  region: ATTRIBUTE.Region,
} as const

type Tested = keyof typeof TESTED

/** `country` and its like: compare an attribute of the client's location with a text, or with the texts of a list. */
export const isPlacedBy =
  (by: Tested): Implementation =>
  (args, run, name) =>
    isOneOf(args, attribute(placeBy(by, run), TESTED[by]), name, run)

/** `countryCode` and its like. */
export const codeBy =
  (by: Tested): Implementation =>
  (_, run) =>
    codeOf(attribute(placeBy(by, run), TESTED[by]))

const UNKNOWN = 'unknown'

function attribute(place: Location | undefined, number: number): string {
  const value = valueIn(place, number)
  return value === undefined ? UNKNOWN : octetsOf(lowerCase(String(value)))
}

/** Changes letters of ASCII alone, as PowerDNS does: `Évry` stays `Évry`. */
const lowerCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

function valueIn(place: Location | undefined, number: number): string | number | undefined {
  switch (number) {
    case ATTRIBUTE.ASn:
      return place?.asn
    case ATTRIBUTE.City:
      return place?.city
    case ATTRIBUTE.Continent:
      return place?.continent
    // With databases of MaxMind's form both are the two letters.
    case ATTRIBUTE.Country:
    case ATTRIBUTE.Country2:
      return place?.country
    case ATTRIBUTE.Region:
      return place?.region
    case ATTRIBUTE.Location:
      return place?.latitude === undefined ? undefined : position(place)
    // The name of an autonomous system is not known of a place.
    default:
      return undefined
  }
}

/** Lua's texts are octets. */
const octetsOf = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text))

/** Returns true if a text, or one of a list, is the value. Letter case does not matter. */
function isOneOf(args: Args, value: string, name: string, run: Run): boolean {
  const [given] = args
  const one = joinable(given)
  if (one === undefined && !(given instanceof LuaTable)) {
    throw run.fail(`${name}: a ${typeOf(given)}; expected a text, or a list of texts`)
  }
  const wanted = one !== undefined ? [one] : textsIn(given as LuaTable, name, run)
  const holds = wanted.some((text) => text.toLowerCase() === value)
  evaluationOf(run).trace?.push({ step: name as IsInStep['step'], value, wanted, holds })
  return holds
}

const codeOf = (value: string): string => (value === UNKNOWN ? '--' : value)

/** Looks a network (`ecswho:toString()`) up by its first address. The result for other texts is an empty text. */
export function geoiplookup(args: Args, run: Run, name: string): LuaValue {
  const network = parsePrefix(textArgument(args, 0, name, run).slice(0, 64), 'as written')
  const number = integerArgument(args, 1, name, run)
  return network.ok ? attribute(evaluationOf(run).toLocation(network.value), number) : ''
}

// --- coordinates ----------------------------------------------------------------------------------------------------

/** An unknown location is at 0, 0. */
const coordinatesIn = (place: Location | undefined): Coordinates => ({
  latitude: place?.latitude ?? 0,
  longitude: place?.longitude ?? 0,
})

export const latlon = (_: Args, run: Run): string => position(placeBy('coordinates', run))

function position(place: Location | undefined): string {
  const { latitude, longitude } = coordinatesIn(place)
  return `${formatFixed(latitude, 6)} ${formatFixed(longitude, 6)}`
}

/** The position of the address that the first four labels are when they are read backwards. */
export function latlonMagic(_: Args, run: Run): string {
  const evaluation = evaluationOf(run)
  const { wire } = evaluation.qname
  run.chargeSteps(stepsFor(wire))
  const labels = labelsOf({ wire })
  if (labels.length < 4) return UNKNOWN
  const address = parseAddress(labels.slice(0, 4).reverse().join('.'))
  return position(address.ok ? evaluation.toLocation(address.value) : undefined)
}

/** The data of a LOC record, as C++ prints it: 0 degrees are minus zero, seconds have six digits. */
export function latlonloc(_: Args, run: Run): string {
  const { latitude, longitude } = coordinatesIn(placeBy('coordinates', run))
  return `${arc(latitude, 'N', 'S')} ${arc(longitude, 'E', 'W')} 0.00m 1.00m 10000.00m 10.00m`
}

function arc(position: number, positive: string, negative: string): string {
  const size = position > 0 ? position : -position
  const degrees = Math.trunc(size) + 0
  const rest = (size - degrees) * 60
  const minutes = Math.trunc(rest) + 0
  const seconds = (rest - minutes) * 60
  return `${degrees} ${minutes} ${formatGeneral(seconds, 6, false)} ${position > 0 ? positive : negative}`
}

// --- distance -------------------------------------------------------------------------------------------------------

function addressesOf(texts: readonly string[], name: string, run: Run): Address[] {
  return texts.map((text) => {
    const combo = comboFromText(text, run)
    if (!combo) throw run.fail(`${name}: '${text.slice(0, 64)}' is not an address`)
    return combo.value.address
  })
}

export const pickclosest = (args: Args, run: Run, name: string): string =>
  closest(addressesOf(textsOf(args, 0, name, run), name, run), run)

const STEPS_A_DISTANCE = 8

/** Returns the nearest to the client, in degrees; one at random of several that are equally near. */
function closest(addresses: readonly Address[], run: Run): string {
  const evaluation = evaluationOf(run)
  // Each address is looked up, its distance is computed, and the trace has a line for it.
  run.chargeSteps(addresses.length * STEPS_A_DISTANCE)
  const { place, from, scope } = evaluation.locatedBy('coordinates')
  const spots = addresses.map((address) => evaluation.toLocation(address) ?? UNKNOWN_LOCATION)
  const here = coordinatesIn(place)
  const distances = spots.map((spot) => squaredDegrees(here, coordinatesIn(spot)))
  const order = byDistance(distances)
  evaluation.trace?.push({
    ...{ step: 'pickclosest', place, from, scope, order, distances: distances.map(rounded) },
    spots: spots.map((spot, i) => ({ address: formatCombo(addresses[i] as Address), place: spot })),
  })
  const nearest = order[0] as number[]
  const picked = nearest.length === 1 ? (nearest[0] as number) : drawOne(nearest, run, nearest)
  return formatCombo(addresses[picked] as Address)
}

/** The nearest of the addresses that the labels in front of the name are, with dashes for dots. */
export function closestMagic(_: Args, run: Run, name: string): string {
  const addresses: Address[] = []
  const { wire } = evaluationOf(run).qname
  run.chargeSteps(stepsFor(wire))
  for (const label of labelsOf({ wire })) {
    const combo = comboFromText(label.replaceAll('-', '.'), run)
    if (!combo) break
    addresses.push(combo.value.address)
  }
  if (addresses.length === 0) throw run.fail(`${name}: the name begins with no address`)
  return closest(addresses, run)
}
