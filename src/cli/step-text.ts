import { unreachable } from '../result.ts'
import type { TraceStep } from './explanation.ts'

/** A step as a label and what was decided there and why. Members and rules count from 1 here. */
export function describeStep(step: TraceStep): [label: string, text: string] {
  return [labelOf(step), textOf(step)]
}

function labelOf({ step }: TraceStep): string {
  if (step === 'no-zone') return 'zone'
  return step === 'no-rrset' ? 'rrset' : step
}

function textOf(step: TraceStep): string {
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
    case 'too-large':
      return 'what was found does not fit a DNS message: SERVFAIL'
    case 'cname':
      return `goes on with ${step.target}`
    case 'values':
      return step.records === 1 ? '1 record' : `${step.records} records`
    case 'fail':
      return `SERVFAIL: ${step.why}`
    case 'all':
      return `takes all ${step.of} members`
    case 'random':
      return `drew ${members(step.picked)} of ${step.of}, each as likely as the next`
    case 'weighted':
      return `drew ${step.picked.map((picked, i) => `member ${picked + 1} (weight ${step.weights[i]})`).join(', ')} of total weight ${step.total}`
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
    default:
      return unreachable(step)
  }
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
