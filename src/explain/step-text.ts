import { distanceLines, memberLines, type PolicyStep, TEXT, type TextContext } from '../policy/index.ts'
import { unreachable } from '../result.ts'
import type { TraceStep } from './explanation.ts'

/**
 * Describes a step by a label, the decision with its reason, and lines below that. Members and rules count from 1 here.
 * @param before the step before it
 */
export function describeStep(
  step: TraceStep,
  before: TraceStep | undefined,
): { label: string; text: string; below: readonly string[] } {
  const below = linesOf(step)
  return { label: labelOf(step), text: textOf(step, before), below }
}

function linesOf(step: TraceStep): readonly string[] {
  switch (step.step) {
    case 'nearest':
    case 'pickclosest':
      return distanceLines(step)
    case 'pool':
    case 'failover':
      return memberLines(step)
    default:
      return []
  }
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
    case 'access':
      return step.admitted
        ? `${step.zone} is not for everybody: this client may ask`
        : `${step.zone} is not for everybody: this client shows no token that counts, and is in none of its networks`
    case 'name':
      return nameText(step)
    case 'rrset':
      return `${step.type}, ttl ${step.ttl}`
    case 'no-rrset':
      return `the name has no ${step.type}: NODATA`
    case 'hint':
      return `${step.type === 'A' ? 'ipv4hint' : 'ipv6hint'}: ${recordsText(step)}`
    case 'additional':
      return recordsText(step)
    case 'too-large':
      return 'what was found does not fit a DNS message: SERVFAIL'
    case 'cname':
      return `goes on with ${step.target}`
    case 'alias':
      return `takes the addresses of ${step.target} as its own`
    case 'outside':
      return outsideText(step)
    case 'dname':
      return step.target === null ? 'the new name would be too long: YXDOMAIN' : `goes on with ${step.target}`
    case 'ttl':
      return ttlText(step)
    default:
      return (TEXT[step.step] as (step: PolicyStep, context: TextContext) => string)(step, contextOf(before))
  }
}

const contextOf = (before: TraceStep | undefined): TextContext => ({
  drawnFrom: (count) => drawnFrom(count, before),
  isLocated: before !== undefined && LOCATES.has(before.step),
})

/** The steps that say where the client is. */
const LOCATES: ReadonlySet<string> = new Set(['place', 'country', 'continent', 'region', 'asnum'])

/** Members keep the numbers that they have in the zone, even if health leaves some of them out. */
function drawnFrom(count: number, before: TraceStep | undefined): string {
  if (before?.step === 'pickclosest') return 'those that are equally near'
  return before?.step === 'pool' && before.members.length !== count ? `the ${count} that are left` : String(count)
}

const recordsText = ({ type, name }: { readonly type: string; readonly name: string }): string =>
  `the ${type} records of ${name}, as this client gets them`

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

function outsideText(step: Extract<TraceStep, { step: 'outside' }>): string {
  const { name } = step
  if ('why' in step) return `${name} ${step.why}`
  const { addresses, from, age, ttl, isStale } = step
  const what = addresses.length > 0 ? addresses.join(', ') : 'no addresses'
  const left = isStale ? 'stale: they could not be renewed' : `${ttl} s left`
  return `${name} has ${what}, as ${from} said ${age} s ago; ${left}`
}

function ttlText({ ttl, most, holds }: Extract<TraceStep, { step: 'ttl' }>): string {
  if (!Number.isFinite(holds)) return `${ttl} s: nothing that is probed can change the answer`
  const earliest = `health can change the answer in ${holds} s at the earliest`
  return ttl === most ? `${ttl} s, the most: ${earliest}` : `${ttl} s of at most ${most} s: ${earliest}`
}
