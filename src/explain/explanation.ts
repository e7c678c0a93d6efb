import { buildQuery, ecsAddress, formatName, type Name, type Rrset, rcodeName, TYPE, typeName } from '../dns/index.ts'
import { type GeoLookup, type Location, UNKNOWN_LOCATION } from '../geo/index.ts'
import { type Health, NO_HEALTH } from '../health/index.ts'
import { type Address, formatAddress, formatPrefix, maskAddress, type Prefix } from '../net/index.ts'
import type { PolicyStep, Rng } from '../policy/index.ts'
import { answer, type Outside, type Reply, type Step, type Zones } from '../zone/index.ts'
import type { Chance } from './chance.ts'
import { type Outcomes, outcomes } from './outcomes.ts'
import type { Ending } from './partial-outcome.ts'
import { type PublicRings, type SignatureText, signaturesOf } from './signatures.ts'

/** The question to explain, of class IN, and its client. `ecs` is the Client Subnet option of the query. */
export type ExplainQuery = {
  readonly name: Name
  readonly type: number
  readonly client: Address
  readonly ecs: Prefix | undefined
  /** The location of the connection, as in `request.cf`. */
  readonly place?: Location | undefined
  /** True if the client shows a token. */
  readonly token?: boolean | undefined
}

/** The output of `explain --json`. Names are absolute text, types mnemonics, times seconds, members count from 0. */
export type Explanation = {
  readonly question: { readonly name: string; readonly type: string; readonly class: 'IN' }
  /** The source address of the query, and its Client Subnet option, which overrides the address if it is there. */
  readonly client: string
  readonly ecs: string | null
  readonly status: string
  /** Header flags as dig names them. */
  readonly flags: readonly string[]
  /** The scope of the reply, in bits of the client's family, and that network: the clients that it is valid for. */
  readonly scope: number
  readonly scopeNetwork: string
  /** Seconds that a resolver may cache the reply: the lowest TTL of answer and authority; null without records. */
  readonly ttl: number | null
  /** The text of the Extended DNS Error. */
  readonly error: string | null
  readonly trace: readonly TraceStep[]
  /** The sections of this one reply. */
  readonly answer: readonly RecordText[]
  readonly authority: readonly RecordText[]
  readonly additional: readonly RecordText[]
  /** Every record that an answer to this client may have, with its chance. */
  readonly answers: readonly (RecordText & ChanceText)[]
  /** The signatures that this reply has for who sets DO; missing if no zone of it is signed. */
  readonly signatures?: readonly SignatureText[]
  /** Every possible ending of the query, with its chance. The chances add up to 1. */
  readonly endings: readonly ({ readonly ending: Ending; readonly status: string } & ChanceText)[]
  /** Tells what the client decides on the way, as in a partition: the same for all clients of a network there. */
  readonly branch?: string
}

export type RecordText = { readonly name: string; readonly type: string; readonly ttl: number; readonly data: string }

/** Exact as a fraction (`"1/3"`) and as a number; both null where that would take too long to compute. */
export type ChanceText = { readonly probability: string | null; readonly chance: number | null }

/** The core's step, with names and types as text. */
export type TraceStep = Exclude<Step, ZoneStep | OutsideStep> | Texts<Extract<Step, ZoneStep>> | OutsideText
type ZoneStep = {
  readonly step:
    | 'zone'
    | 'no-zone'
    | 'access'
    | 'name'
    | 'rrset'
    | 'no-rrset'
    | 'hint'
    | 'additional'
    | 'cname'
    | 'alias'
    | 'dname'
}
type OutsideStep = { readonly step: 'outside' }
/** The addresses that an upstream server told of a name outside our zones, or the reason why there are none. */
type OutsideText = {
  readonly step: 'outside'
  readonly name: string
} & (
  | {
      readonly addresses: readonly string[]
      readonly ttl: number
      readonly from: string
      readonly age: number
      readonly isStale: boolean
    }
  | { readonly why: string }
)
type Texts<S> = S extends { readonly type: number } ? Omit<S, 'type'> & { readonly type: string } : S

/**
 * Asks the core one question, as a message; returns the reply, the reasons for it, and the other possible replies.
 * @param rings the keys of signed zones
 */
export function explain(
  explained: ExplainQuery,
  zones: Zones,
  random: Rng,
  health: Health = NO_HEALTH,
  database?: GeoLookup,
  outside?: Outside,
  rings: PublicRings = new Map(),
): Explanation {
  const { name, type, client, ecs, place = UNKNOWN_LOCATION, token } = explained
  const trace: Step[] = []
  const origin = { connection: client, place, token: token ? 'explain' : undefined, identity: 'explain' }
  const context = { zones, database, health, random, outside, ...origin }
  const answered = answer(buildQuery({ name, type, edns: true, subnet: ecs }), context, trace)
  if (answered.kind !== 'reply') throw new Error(`the engine took its own query for ${answered.kind}`)
  const { message, query, response, asker } = answered
  const located = (query.edns?.ecs && ecsAddress(query.edns.ecs)) ?? client
  const status = rcodeName((message[3] as number) & 0x0f)
  // `outcomes` does not know if a reply fits a message.
  const resolved = trace.length > 0 && trace.at(-1)?.step !== 'too-large'
  const possible = resolved && query.question && asker ? outcomes(query.question, zones, asker) : undefined
  const rrsets = [...response.answer, ...response.authority]
  const scope = ecs?.length === 0 ? 0 : response.scope
  const signatures = signaturesOf(answered, rings, health.now)
  return {
    question: { name: formatName(name), type: typeName(type), class: 'IN' },
    client: formatAddress(client),
    ecs: ecs ? formatPrefix(ecs) : null,
    status,
    flags: flagsOf(message),
    scope,
    scopeNetwork: formatPrefix(maskAddress(located, scope)),
    ttl: rrsets.length > 0 ? Math.min(...rrsets.map((rrset) => rrset.ttl)) : null,
    error: response.ede?.text ?? null,
    trace: trace.map(stepTexts),
    answer: response.answer.flatMap(recordTexts),
    authority: response.authority.flatMap(recordTexts),
    additional: response.additional.flatMap(recordTexts),
    ...(signatures.length > 0 && { signatures }),
    ...(possible ? possibilities(possible) : onlyThis(answered, status)),
  }
}

/** The flags of a header (RFC 1035 §4.1.1): their octet, and the bit in it. */
const FLAGS = [
  ['qr', 2, 0x80],
  ['aa', 2, 0x04],
  ['tc', 2, 0x02],
  ['rd', 2, 0x01],
  ['ra', 3, 0x80],
] as const

const flagsOf = (message: Uint8Array): string[] =>
  FLAGS.flatMap(([flag, octet, bit]) => (((message[octet] as number) & bit) === 0 ? [] : [flag]))

const recordTexts = ({ owner, type, ttl, rdatas }: Rrset): RecordText[] =>
  rdatas.map(({ text }) => ({ name: formatName(owner), type: typeName(type), ttl, data: text }))

const chanceTexts = (chance: Chance): ChanceText => ({
  probability: chance === null ? null : chance.toFraction(),
  chance: chance === null ? null : chance.valueOf(),
})

function possibilities({ records, endings }: Outcomes): Pick<Explanation, 'answers' | 'endings'> {
  return {
    answers: records.map(({ owner, type, ttl, text, chance }) => ({
      name: formatName(owner),
      type: typeName(type),
      ttl,
      data: text,
      ...chanceTexts(chance),
    })),
    endings: endings.map(({ ending, rcode, chance }) => ({ ending, status: rcodeName(rcode), ...chanceTexts(chance) })),
  }
}

/** The possibilities if chance decides nothing, or if the others are not known. */
function onlyThis({ response }: Reply, status: string): Pick<Explanation, 'answers' | 'endings'> {
  const certain = { probability: '1', chance: 1 }
  const ending: Ending = status === 'NOERROR' ? 'records' : 'failure'
  const answers = status === 'NOERROR' ? response.answer.flatMap(recordTexts) : []
  return {
    answers: answers.map((record) => ({ ...record, ...certain })),
    endings: [{ ending, status, ...certain }],
  }
}

function stepTexts(step: Step): TraceStep {
  switch (step.step) {
    case 'zone':
      return { ...step, origin: formatName(step.origin) }
    case 'no-zone':
      return { ...step, name: formatName(step.name) }
    case 'access':
      return { ...step, zone: formatName(step.zone) }
    case 'name':
      return { ...step, name: formatName(step.name), at: formatName(step.at) }
    case 'rrset':
    case 'no-rrset':
      return { ...step, type: typeName(step.type) }
    case 'hint':
    case 'additional':
      return { ...step, type: typeName(step.type), name: formatName(step.name) }
    case 'cname':
    case 'alias':
      return { ...step, target: formatName(step.target) }
    case 'dname':
      return { ...step, target: step.target === null ? null : formatName(step.target) }
    case 'outside':
      return outsideText(step)
    case 'ttl':
    case 'too-large':
      return step
    default:
      return step satisfies PolicyStep
  }
}

function outsideText({ step, name: key, found }: Extract<Step, OutsideStep>): OutsideText {
  const name = formatName(key)
  if ('why' in found) return { step, name, why: found.why }
  const { rdatas, ttl, from, age, ede } = found
  return { step, name, addresses: rdatas.map(({ text }) => text), ttl, from, age, isStale: ede !== undefined }
}

export const isNegative = (explanation: Explanation): boolean =>
  explanation.answer.length === 0 && explanation.authority.some((record) => record.type === typeName(TYPE.SOA))
