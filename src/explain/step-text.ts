import { columns } from '../columns.ts'
import type { ForcedStep, MemberStep } from '../policy/index.ts'
import { printable } from '../printable.ts'
import { unreachable } from '../result.ts'
import type { TraceStep } from './explanation.ts'
import { distanceLines, isInText, placeText } from './place-text.ts'

/**
 * A step as a label, what was decided there and why, and lines below that. Members and rules count from 1 here.
 * @param before the step that led to it
 */
export function describeStep(
  step: TraceStep,
  before: TraceStep | undefined,
): { label: string; text: string; below: readonly string[] } {
  const byDistance = step.step === 'nearest' || step.step === 'pickclosest'
  const below = byDistance ? distanceLines(step) : memberLines(step)
  return { label: labelOf(step), text: textOf(step, before), below }
}

function labelOf({ step }: TraceStep): string {
  if (step === 'no-zone') return 'zone'
  return step === 'no-rrset' ? 'rrset' : step
}

function textOf(step: TraceStep, before: TraceStep | undefined): string {
  switch (step.step) {
    case 'zone':
      return `${step.origin} serial ${step.serial}`
    case 'no-zone':
      return `none of the zones holds ${step.name}`
    case 'name':
      return nameText(step)
    case 'rrset':
      return `${step.type}, ttl ${step.ttl}`
    case 'no-rrset':
      return `the name has no ${step.type}: NODATA`
    case 'hint':
      return `${step.type === 'A' ? 'ipv4hint' : 'ipv6hint'}: the ${step.type} records of ${step.name}, as this client gets them`
    case 'additional':
      return `the ${step.type} records of ${step.name}, as this client gets them`
    case 'too-large':
      return 'what was found does not fit a DNS message: SERVFAIL'
    case 'cname':
      return `goes on with ${step.target}`
    case 'alias':
      return `takes the addresses of ${step.target} as its own`
    case 'dname':
      return step.target === null ? 'the new name would be too long: YXDOMAIN' : `goes on with ${step.target}`
    case 'values':
      return step.records === 1 ? '1 record' : `${step.records} records`
    case 'fail':
      return `${step.refused ? 'REFUSED' : 'SERVFAIL'}: ${step.why}`
    case 'all':
      return `takes all ${step.of} members`
    case 'random':
      return `drew ${members(step.picked)} of ${leftOf(step.of, before)}, each as likely as the next`
    case 'weighted':
      return `drew ${step.picked.map((picked, i) => `member ${picked + 1} (weight ${step.weights[i]})`).join(', ')} of total weight ${step.total}`
    case 'multi':
      return `drew ${members(step.picked)}, each by itself, as likely as its weight is of the largest`
    case 'hashed':
      return `the client's address hashes to ${step.hash}; modulo ${step.of} that is member ${step.picked + 1}`
    case 'weighted-hashed':
    case 'name-hashed': {
      const what = step.step === 'name-hashed' ? 'the name' : "the client's address"
      const point = `modulo total weight ${step.total} that is ${step.point}`
      return `${what} hashes to ${step.hash}; ${point}, within member ${step.picked + 1}`
    }
    case 'consistent-hashed':
      return `the client's address hashes to ${step.hash}; the next point, ${step.point}, belongs to member ${step.picked + 1}`
    case 'view':
    case 'networks':
      return networkText(step)
    case 'place':
    case 'geo':
    case 'datacenters':
    case 'nearest':
    case 'pickclosest':
      return placeText(step, step.step !== 'place' && before !== undefined && TELLS_PLACE.has(before.step))
    case 'country':
    case 'continent':
    case 'region':
    case 'asnum':
      return isInText(step)
    case 'pool':
    case 'failover':
      return alternativesText(step)
    case 'asked':
      return askedText(step)
    case 'script':
      return scriptText(step)
    case 'ttl':
      return ttlText(step)
    default:
      return unreachable(step)
  }
}

/** What a script says where the client is, and what it asks about that, stand together. */
const TELLS_PLACE: ReadonlySet<string> = new Set(['place', 'country', 'continent', 'region', 'asnum'])

/** Members keep the numbers that they have in the zone, where health leaves some of them out. */
function leftOf(count: number, before: TraceStep | undefined): string {
  if (before?.step === 'pickclosest') return 'those that are equally near'
  return before?.step === 'pool' && before.members.length !== count ? `the ${count} that are left` : String(count)
}

const members = (picked: readonly number[]): string =>
  `${picked.length === 1 ? 'member' : 'members'} ${picked.map((index) => index + 1).join(', ')}`

function nameText({ name, found, at }: Extract<TraceStep, { step: 'name' }>): string {
  switch (found) {
    case 'exact':
      return `${name} exists`
    case 'wildcard':
      return `${name} does not exist, the wildcard ${at} answers for it`
    case 'empty-non-terminal':
      return name === at
        ? `${name} exists only because longer names do (an empty non-terminal): NODATA`
        : `${name} does not exist, the wildcard ${at} does and is empty: NODATA`
    case 'delegation':
      return `${name} is delegated at ${at}: referral`
    case 'dname':
      return `${name} is below the DNAME at ${at}`
    case 'nothing':
      return `${name} does not exist, nor a wildcard at ${at}, the closest name that does: NXDOMAIN`
    default:
      return unreachable(found)
  }
}

function networkText({ step, matched, branch, scope }: Extract<TraceStep, { step: 'view' | 'networks' }>): string {
  if (matched === null || branch === 'otherwise') return `no network holds the client: otherwise (scope ${scope})`
  const how =
    step === 'view' ? `is the first to hold the client: rule ${branch + 1}` : 'is the longest to hold the client'
  return `${matched} ${how} (scope ${scope})`
}

function scriptText({ read, steps, returned }: Extract<TraceStep, { step: 'script' }>): string {
  const used = read.length === 0 ? 'nothing of the query' : read.join(', ')
  return printable(`returned ${returned} in ${steps} steps; it used ${used}`)
}

function askedText({ call, targets }: Extract<TraceStep, { step: 'asked' }>): string {
  return `the query decides what ${call} probes: ${targets} ${targets === 1 ? 'target' : 'targets'}, known from the first query on`
}

function ttlText({ ttl, most, holds }: Extract<TraceStep, { step: 'ttl' }>): string {
  if (!Number.isFinite(holds)) return `${ttl} s: nothing that is probed can change the answer`
  const earliest = `health can change the answer in ${holds} s at the earliest`
  return ttl === most ? `${ttl} s, the most: ${earliest}` : `${ttl} s of at most ${most} s: ${earliest}`
}

/** Health's step: what it comes to, and each member, below it where they are many. */
type Alternatives = Extract<TraceStep, { step: 'pool' | 'failover' }>

function alternativesText(step: Alternatives): string {
  const { pool, live, forced } = step
  const how = forced ? `${live ? 'up' : 'down'}, ${forcedText(forced)}` : live ? 'up' : 'down'
  const members = inline(step)
  return `${printable(pool)} is ${how}: ${outcomeText(step)}${members === undefined ? '' : ` (${members})`}`
}

/** The members beside the pool, unless they are too many, or too much is to be said of them. */
function inline({ members }: Alternatives): string | undefined {
  const words = (member: MemberStep): string =>
    memberCells(member)
      .filter((cell) => cell !== '')
      .join(' ')
  const text = members.map(words).join('; ')
  return members.length <= INLINE && text.length <= INLINE_CHARS ? text : undefined
}

const INLINE = 3
const INLINE_CHARS = 80

function outcomeText({ step, members, from }: Alternatives): string {
  if (from !== 'members') return INSTEAD[from]
  const up = members.filter(({ state }) => state === 'up')
  if (step === 'pool') return `${up.length} of ${members.length} members ${up.length === 1 ? 'is' : 'are'} up`
  const [first] = up
  return first ? `member ${first.member + 1} is the first that is up` : INSTEAD.first
}

const INSTEAD = {
  all: 'all of it is taken as if it were up',
  first: 'the first is taken as if it were up',
  last: 'what the zone says for that case is taken',
  nodata: 'NODATA',
  servfail: 'SERVFAIL',
  refused: 'REFUSED',
} as const

function memberLines(step: TraceStep): string[] {
  if ((step.step !== 'pool' && step.step !== 'failover') || inline(step) !== undefined) return []
  return columns(
    step.members.map((member) => {
      const [number = '', ...cells] = memberCells(member)
      return [number.padStart(String(step.members.length).length), ...cells]
    }),
  )
}

/** Number, name, state and what there is to say about it. */
function memberCells(step: MemberStep): string[] {
  const { member, state, real, target, datacenter, forced, stale, weight, load } = step
  const name = [target, datacenter].filter((part) => part !== undefined).join(' in ')
  const guessed = real === 'unknown' && !forced
  const more = [
    ...(real === 'unknown' || real === state ? [] : [`measured ${real}`]),
    ...(forced ? [forcedText(forced)] : []),
    ...(stale ? ['stale'] : []),
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(load === undefined ? [] : [`load ${load}`]),
  ]
  const text = [guessed ? `taken for ${state}` : state, ...more].join(', ')
  return [String(member + 1), printable(name), text]
}

const forcedText = ({ force, by, why, until }: ForcedStep): string =>
  printable(`forced ${force} by ${by}${until === undefined ? '' : ` until ${until.replace(/\.\d+Z$/, 'Z')}`} (${why})`)
