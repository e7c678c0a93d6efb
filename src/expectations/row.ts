import Fraction from 'fraction.js'
import {
  formatName,
  isSubdomain,
  type Name,
  parseName,
  parseRdataText,
  parseType,
  ROOT,
  TYPE,
  typeName,
} from '../dns/index.ts'
import type { ExplainQuery, WhatIf } from '../explain/index.ts'
import { type Location, toLocation } from '../geo/index.ts'
import { type Address, parseAddress, parsePrefix } from '../net/index.ts'
import type { Issue, Path } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Zone } from '../zone/index.ts'
import type { Expectation, ExpectedChance } from './document.ts'

/** A chance: exact, or unknown. An unknown chance of an expectation is any chance above 0. */
export type RowChance = Fraction | null

/** Chances by the text of what has them: records, or rcodes. */
export type Chances = ReadonlyMap<string, RowChance>

/** A row that can be held against an explanation. */
export type Row = {
  /** The questions to ask: for everybody one as an IPv4 client and one as an IPv6 client, else one. */
  readonly queries: readonly ExplainQuery[]
  /** True if the row names neither a client nor a Client Subnet. */
  readonly isForEverybody: boolean
  readonly whatIf: WhatIf
  /** The queried type, whose records count. */
  readonly type: number
  /** The types that lead on, CNAME and DNAME, if the row names a record of them: then they count, too. */
  readonly leads: ReadonlySet<number>
  /** The possible records by `recordId`; undefined if any will do. */
  readonly answer: Chances | undefined
  readonly rcode: Chances
}

/** Returns the row that a person meant, or the values in it that are not valid. @param zone whose rows these are */
export function rowOf(expectation: Expectation, zone: Zone): Result<Row, readonly Issue[]> {
  const issues: Issue[] = []
  const refuse = (path: Path, message: string): undefined => void issues.push({ path, message })
  const name = nameIn(expectation.name, zone, refuse)
  const type = typeOf(expectation.type, refuse)
  const addresses = addressesOf(expectation, refuse)
  const ecs = expectation.ecs === undefined ? ok(undefined) : parsePrefix(expectation.ecs, 'as written')
  if (!ecs.ok) refuse(['ecs'], ecs.error)
  const place = placeOf(expectation, refuse)
  const answer = type === undefined ? undefined : answerOf(expectation.answer, type, zone.origin, refuse)
  if (issues.length > 0 || !name || type === undefined || !ecs.ok) return err(issues)
  return ok({
    queries: addresses.map((client) => ({ name, type, client, ecs: ecs.value, place })),
    isForEverybody: expectation.client === undefined && expectation.ecs === undefined,
    whatIf: { down: expectation.down ?? [], up: expectation.up ?? [] },
    type,
    leads: answer?.leads ?? new Set(),
    answer: answer?.chances,
    rcode: rcodesOf(expectation.rcode),
  })
}

type Refuse = (path: Path, message: string) => undefined

function nameIn(text: string, { origin }: Zone, refuse: Refuse): Name | undefined {
  const name = parseName(text, ROOT)
  if (!name.ok) return refuse(['name'], name.error)
  if (isSubdomain(name.value.key, origin.key)) return name.value
  const zone = formatName(origin)
  const below = text.includes('.') || text === '@' ? `a name like www.${zone}` : `"${text}.${zone}"`
  return refuse(['name'], `${formatName(name.value)} is not in the zone ${zone}; expected ${below}`)
}

function typeOf(text: string | undefined, refuse: Refuse): number | undefined {
  if (text === undefined) return TYPE.A
  const type = parseType(text)
  return type.ok ? type.value : refuse(['type'], type.error)
}

/** Clients that stand for all of their family: an answer of scope 0 is the answer of everybody. */
const EVERYBODY = ['192.0.2.1', '2001:db8::1'] as const

function addressesOf({ client, ecs }: Expectation, refuse: Refuse): readonly Address[] {
  if (client !== undefined) {
    const address = parseAddress(client)
    if (!address.ok) refuse(['client'], address.error)
    return address.ok ? [address.value] : []
  }
  const texts = ecs === undefined ? EVERYBODY : [ecs.replace(/\/.*/s, '')]
  return texts.flatMap((text) => {
    const address = parseAddress(text)
    return address.ok ? [address.value] : []
  })
}

const PLACE = 'expected codes as in {"continent":"EU","country":"DE","region":"BY","asn":64496}'

function placeOf({ country, place, ecs, client }: Expectation, refuse: Refuse): Location | undefined {
  if (country === undefined && place === undefined) return undefined
  const field = country === undefined ? 'place' : 'country'
  if (country !== undefined && place !== undefined) {
    return refuse(['country'], 'there is a "country" beside "place"; expected the country in the place')
  }
  if (ecs !== undefined && client === undefined) {
    const why = `the "${field}" is that of the connection, and "ecs" is another client`
    return refuse([field], `${why}; expected "client" too, or no "${field}"`)
  }
  const claims = place ?? { country }
  const location = toLocation(claims)
  const wrong = Object.keys(claims).find((key) => !(key in location))
  if (wrong === undefined) return location
  const path = country === undefined ? ['place', wrong] : ['country']
  return refuse(path, `"${String(claims[wrong as keyof typeof claims])}" is not a known ${wrong}; ${PLACE}`)
}

/** Returns the place as `explain --cf` reads it. */
export const cfOf = (place: Location): string => {
  const { region, ...rest } = place
  return JSON.stringify({ ...rest, ...(region !== undefined && { regionCode: region }) })
}

type Answer = { readonly chances: Chances; readonly leads: ReadonlySet<number> }

function answerOf(answer: Expectation['answer'], asked: number, origin: Name, refuse: Refuse): Answer | undefined {
  if (answer === undefined) return undefined
  const chances = new Map<string, RowChance>()
  const leads = new Set<number>()
  const add = (text: string, chance: ExpectedChance, path: Path): void => {
    const [type, data] = typed(text, asked)
    const rdata = parseRdataText(type, data, origin)
    if (!rdata.ok) return refuse(path, rdata.error.message)
    const id = recordId(type, rdata.value.text, asked)
    if (chances.has(id)) return refuse(path, `${rdata.value.text} is there twice; expected each record once`)
    leads.add(type)
    chances.set(id, chanceOf(chance))
  }
  if (typeof answer === 'string') add(answer, '1', ['answer'])
  else if (Array.isArray(answer)) answer.forEach((text: string, i) => void add(text, '1', ['answer', i]))
  else for (const [text, chance] of Object.entries(answer)) add(text, chance, ['answer', text])
  return { chances, leads }
}

/** Separates the type of a record that leads on from its data: `CNAME web.example.com.` */
function typed(text: string, asked: number): readonly [number, string] {
  const [, word, data] = /^(CNAME|DNAME)\s+(\S+)$/.exec(text) ?? []
  return word === undefined || data === undefined ? [asked, text] : [TYPE[word as 'CNAME' | 'DNAME'], data]
}

/** Returns the data of a record of the queried type, and type and data of another. */
export const recordId = (type: number, data: string, asked: number): string =>
  type === asked ? data : `${typeName(type)} ${data}`

function rcodesOf(rcode: Expectation['rcode'] = 'NOERROR'): Chances {
  if (typeof rcode === 'string') return new Map([[rcode, chanceOf('1')]])
  return new Map(Object.entries(rcode).map(([status, chance]) => [status, chanceOf(chance)]))
}

export const chanceOf = (text: ExpectedChance): RowChance => (text === null ? null : new Fraction(text))
