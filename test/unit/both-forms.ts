import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { type Rrset, rcodeName } from '../../src/dns/index.ts'
import * as explaining from '../../src/explain/index.ts'
import type { Rng } from '../../src/policy/index.ts'
import * as answering from '../../src/zone/index.ts'
import { type LocalZone, NodeMap, type Resolution, type Step, type Zone, type Zones } from '../../src/zone/index.ts'
import { reopened } from './stored-zone.ts'

// A zone has two forms: as it was compiled in memory, and as it was stored and read back. The functions here do what
// their namesakes of src do, with both, and expect the same of both. `forms.test.ts` holds all tests to them.

/** As `answer` in src/zone. */
export const answer: typeof answering.answer = (message, context, trace) => {
  const { sides, traces } = both(context.random, trace)
  const [compiled, stored] = sides.map(({ random, zones }, i) =>
    answering.answer(message, replaced(context, { random, zones: zones(context.zones) }), traces[i]),
  ) as [answering.Answered, answering.Answered]
  expectSame(answeredAs(stored), answeredAs(compiled), traces)
  return compiled
}

/** As `resolve` in src/zone. */
export const resolve: typeof answering.resolve = (question, all, asker, trace) => {
  const { sides, traces } = both(asker.random, trace)
  const [compiled, stored] = sides.map(({ random, zones }, i) =>
    answering.resolve(question, zones(all), { ...asker, random }, traces[i]),
  ) as [Resolution, Resolution]
  expectSame(resolvedAs(stored), resolvedAs(compiled), traces)
  return compiled
}

/** As `outcomes` in src/explain. */
export const outcomes: typeof explaining.outcomes = (question, zones, asker) => {
  const compiled = explaining.outcomes(question, zones, asker)
  const stored = explaining.outcomes(question, storedForms(zones), asker)
  expectEqual(outcomesAs(stored), outcomesAs(compiled))
  return compiled
}

/** As `explain` in src/explain. */
export const explain: typeof explaining.explain = (explained, all, random, health, database, outside, rings) => {
  const { sides } = both(random)
  const [compiled, stored] = sides.map(({ random, zones }) =>
    explaining.explain(explained, zones(all), random, health, database, outside, rings),
  ) as [explaining.Explanation, explaining.Explanation]
  expect(JSON.stringify(stored)).toBe(JSON.stringify(compiled))
  return compiled
}

/** Replaces fields. The others may be getters, which nobody reads here. */
const replaced = <T extends object>(context: T, fields: Partial<T>): T =>
  Object.defineProperties({ ...fields } as T, {
    ...Object.getOwnPropertyDescriptors(context),
    ...Object.getOwnPropertyDescriptors(fields),
  })

type Side = { readonly random: Rng; readonly zones: (zones: Zones) => Zones }

/** The second side draws what the first one drew. The trace that a test passes in is the first one's. */
function both(random: Rng, trace?: Step[]): { sides: readonly [Side, Side]; traces: readonly (Step[] | undefined)[] } {
  const drawn: number[] = []
  const recording = (): number => {
    const number = random()
    drawn.push(number)
    return number
  }
  let next = 0
  const replaying = (): number => {
    const number = drawn[next++]
    if (number === undefined) throw new Error('the stored form draws more often than the compiled one')
    return number
  }
  const sides = [
    { random: recording, zones: (zones: Zones) => zones },
    { random: replaying, zones: storedForms },
  ] as const
  return { sides, traces: [trace, trace && [...trace]] }
}

const STORED = new WeakMap<Zone, Zone>()

const storedForms = (zones: Zones): Zones => ({
  ...(zones.isFinal && { isFinal: true }),
  find: (name) => {
    const state = zones.find(name)
    return state?.kind === 'loaded' ? { ...state, zone: storedForm(state.zone) } : state
  },
})

function storedForm(zone: Zone): Zone {
  const known = STORED.get(zone)
  if (known || !(zone.names instanceof NodeMap)) return known ?? zone
  const { size } = zone.names.nodes
  const stored = reopened(zone as LocalZone, size < FEW_NAMES && size % 2 === 1 ? IN_PARTS : undefined)
  STORED.set(zone, stored)
  return stored
}

/** Every second of the zones of tests has many parts. */
const FEW_NAMES = 500
const IN_PARTS = { headBytes: 40, leastBytes: 0, partBytes: 200, namesAPart: 3 }

function expectSame(stored: unknown, compiled: unknown, traces: readonly (Step[] | undefined)[]): void {
  expectEqual(stored, compiled)
  expectEqual(traces[1], traces[0])
}

/** Vitest compares slowly, and shows the difference. */
function expectEqual(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected)
}

function answeredAs(answered: answering.Answered): unknown {
  if (answered.kind !== 'reply') return answered
  const { message, response, shareable, asked } = answered
  return { message: Buffer.from(message).toString('hex'), scope: response.scope, ede: response.ede, shareable, asked }
}

function resolvedAs(resolution: Resolution): unknown {
  if (resolution.kind !== 'resolved') return resolution
  const { response, byChance, error, asked } = resolution
  const { rcode, authoritative, scope, ede, answer, authority, additional } = response
  const sections = [answer, authority, additional].map((rrsets) => rrsets.map(rrsetAs))
  return { rcode: rcodeName(rcode), authoritative, scope, ede, sections, byChance, error, asked }
}

const rrsetAs = ({ owner, type, ttl, rdatas }: Rrset): unknown => ({
  ...{ owner: owner.key, type, ttl },
  rdatas: rdatas.map(({ bytes, text, names }) => [Buffer.from(bytes).toString('hex'), text, names.map(({ at }) => at)]),
})

const outcomesAs = ({ endings, records }: explaining.Outcomes): unknown => ({
  endings: endings.map(({ ending, rcode, chance }) => [ending, rcode, chance?.toFraction() ?? null]),
  records: records.map(({ owner, type, text, chance }) => [owner, type, text, chance?.toFraction() ?? null]),
})
