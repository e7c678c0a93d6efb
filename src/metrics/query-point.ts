import { formatName, rcodeName, typeName } from '../dns/index.ts'
import { MAX_BRANCH_CHARS, MAX_INDEX_CHARS } from '../limits.ts'
import type { PolicyStep } from '../policy/index.ts'
import type { Step } from '../zone/index.ts'

/**
 * A query as Workers Analytics Engine keeps it. Nothing in it is of the client's choice, but for the zone and the name;
 * of the client it has the country alone.
 */
type QueryPoint = {
  /** The zone, or what an index takes of its name: rows are sampled by it. */
  readonly indexes: readonly [zone: string]
  readonly blobs: readonly [zone: string, rrset: string, branch: string, rcode: string, country: string]
  /** The number of queries that it stands for. */
  readonly doubles: readonly [queries: number]
}

/**
 * Makes the point of an answered query.
 * @param trace every decision that led to the answer
 * @param sample the share of queries that are counted
 * @param country of the connection, as a code; empty if it is unknown
 */
export function queryPointOf(trace: readonly Step[], rcode: number, sample: number, country: string): QueryPoint {
  const ends = trace.findIndex(({ step }) => LEADS_ON.has(step))
  const own = ends < 0 ? trace : trace.slice(0, ends)
  let [zone, name, rrset] = ['', '', '']
  const branch: string[] = []
  for (const step of own) {
    switch (step.step) {
      case 'zone':
        zone = withoutDot(formatName(step.origin))
        break
      case 'name':
        // A name that does not exist is the client's: the closest one that does is the zone's.
        name = step.found === 'nothing' ? '' : withoutDot(formatName(step.at))
        break
      case 'rrset':
        rrset = `${name}/${typeName(step.type)}`
        break
      default: {
        const word = branchOf(step)
        if (word !== undefined) branch.push(word)
      }
    }
  }
  const told = branch.join(' ').slice(0, MAX_BRANCH_CHARS)
  return {
    indexes: [zone.slice(0, MAX_INDEX_CHARS)],
    blobs: [zone, rrset || name, told, rcodeName(rcode), country],
    doubles: [1 / sample],
  }
}

/** Steps after these belong to another name, or to another section. */
const LEADS_ON: ReadonlySet<Step['step']> = new Set(['cname', 'alias', 'dname', 'hint', 'additional'])

type Deciding = Exclude<Step, { step: 'zone' | 'name' | 'rrset' }>

/**
 * Returns the branch that a decision took, in a word; undefined for a step that decides nothing. Members count from 1.
 * A kind of answer is told by what its step has, so that a new one needs nothing here.
 */
function branchOf(step: Deciding): string | undefined {
  if ('picked' in step) return `${step.step}:${pickedText(step.picked)}`
  if ('map' in step) return `${step.step}:${step.order[0] ?? 'none'}`
  if ('matched' in step) return `${step.step}:${step.matched ?? 'otherwise'}`
  switch (step.step) {
    case 'pool':
      return step.from === 'members' ? 'pool' : `pool:${step.from}`
    case 'failover':
      return `failover:${step.from === 'members' ? levelOf(step) : step.from}`
    case 'nearest':
    case 'pickclosest':
    case 'script':
    case 'fail':
      return step.step
    default:
      return undefined
  }
}

function pickedText(picked: number | readonly number[]): string {
  if (typeof picked === 'number') return String(picked + 1)
  const [only] = picked
  return picked.length === 1 ? String((only as number) + 1) : `${picked.length} members`
}

/** The first level that is up; that of one that is forced up without any is the first. */
const levelOf = ({ members }: Extract<PolicyStep, { step: 'failover' }>): number =>
  Math.max(
    0,
    members.findIndex(({ state }) => state === 'up'),
  ) + 1

const withoutDot = (name: string): string => (name === '.' ? name : name.slice(0, -1))
