import type { Rdata } from '../dns/index.ts'
import { MAX_DEPTH, MAX_QUERY_STEPS } from '../limits.ts'
import { buildScopeMap, type Prefix, parsePrefix } from '../net/index.ts'
import { unreachable } from '../result.ts'
import { compileDatacenters, compileGeo } from './compile-place.ts'
import { compileFailover, compilePool } from './compile-pool.ts'
import { compileRing } from './compile-ring.ts'
import type { CompileContext, Path } from './context.ts'
import type { Expression, Member } from './expression.ts'
import { unorderedMapOrder } from './hash.ts'
import { stepsOf } from './steps.ts'
import type { Policy } from './types.ts'

const NOTHING: Policy = { kind: 'values', rdatas: [] }

/**
 * An answer expression, whose shape is already valid, made ready for queries: RDATA encoded, networks and hash rings
 * built, choices among one folded away. On an issue the policy returned is of no use.
 */
export function compile(expression: Expression, path: Path, context: CompileContext): Policy {
  const policy = compiled(expression, path, context)
  const steps = stepsOf(policy)
  if (steps <= MAX_QUERY_STEPS) return policy
  const limit = `expected at most ${MAX_QUERY_STEPS}; take a smaller "count", or fewer members`
  return issue(context, path, `a query would take ${steps} steps to choose here; ${limit}`)
}

function compiled(expression: Expression, path: Path, context: CompileContext): Policy {
  if (path.length > 4 * MAX_DEPTH)
    return issue(context, path, `the expression nests too deep; expected at most ${MAX_DEPTH} levels`)
  if (typeof expression === 'string') return compileText(expression, path, context)
  if (isList(expression)) return compileAll(expression, path, context)
  const each = (list: readonly Expression[], field: string): Policy[] =>
    list.map((inner, i) => compile(inner, [...path, field, i], context))
  switch (expression.kind) {
    case 'random': {
      const members = each(expression.of, 'of')
      const count = expression.count ?? 1
      if (count === 0) return NOTHING
      return members.length === 1 ? (members[0] as Policy) : { kind: 'random', members, count }
    }
    case 'weighted': {
      const { members, weights, total } = compileMembers(expression.members, path, context)
      const count = expression.count ?? 1
      if (count === 0) return NOTHING
      return members.length === 1 ? (members[0] as Policy) : { kind: 'weighted', members, weights, total, count }
    }
    case 'hashed': {
      const members = each(expression.of, 'of')
      return members.length === 1 ? (members[0] as Policy) : { kind: 'hashed', members }
    }
    case 'weighted-hashed':
    case 'name-hashed': {
      const { members, weights, total } = compileMembers(expression.members, path, context)
      if (members.length === 1) return members[0] as Policy
      return { kind: expression.kind, members, weights, total, order: unorderedMapOrder(members.length) }
    }
    case 'consistent-hashed': {
      const { members, weights } = compileMembers(expression.members, path, context)
      const keys = expression.members.map((member, i) => {
        if (member.key !== undefined) return member.key
        if (typeof member.answer === 'string') return member.answer
        issue(
          context,
          [...path, 'members', i],
          'a member that is not a single text needs a "key"; expected the text to hash',
        )
        return ''
      })
      const ring = compileRing(keys, weights, [...path, 'members'], context)
      if (members.length === 1) return members[0] as Policy
      return ring ? { kind: 'consistent-hashed', members, weights, ...ring } : NOTHING
    }
    case 'view': {
      const members = expression.rules.map((rule, i) => compile(rule.answer, [...path, 'rules', i, 'answer'], context))
      const networks = expression.rules.flatMap((rule, branch) =>
        rule.networks.map((text, i) => ({ text, branch, path: [...path, 'rules', branch, 'networks', i] })),
      )
      return compileNetworks('view', networks, members, expression.otherwise, path, context)
    }
    case 'networks': {
      const entries = Object.entries(expression.networks)
      const members = entries.map(([text, answer]) => compile(answer, [...path, 'networks', text], context))
      const networks = entries.map(([text], branch) => ({ text, branch, path: [...path, 'networks', text] }))
      return compileNetworks('networks', networks, members, expression.otherwise, path, context)
    }
    case 'pool':
      return compilePool(expression, path, context, compile)
    case 'failover':
      return compileFailover(expression, path, context, compile)
    case 'geo':
      return compileGeo(expression, path, context, compile, outcomeNumbers)
    case 'datacenters':
      return compileDatacenters(expression, path, context, compile)
    case 'computed': {
      const policy = compile(expression.records, [...path, 'records'], context)
      return policy.kind === 'values' ? { ...policy, stored: [] } : policy
    }
    case 'lua':
      return context.script(expression, path, context)
    default:
      return unreachable(expression)
  }
}

/** TypeScript's Array.isArray does not narrow readonly arrays. */
const isList = (expression: Expression): expression is readonly Expression[] => Array.isArray(expression)

function issue(context: CompileContext, path: Path, message: string): Policy {
  context.issues.push({ path, message })
  return NOTHING
}

function compileText(text: string, path: Path, context: CompileContext): Policy {
  const rdata = context.rdata(text)
  return rdata.ok ? { kind: 'values', rdatas: [rdata.value] } : issue(context, path, rdata.error)
}

/** Neighbouring texts become one list of records. */
function compileAll(list: readonly Expression[], path: Path, context: CompileContext): Policy {
  const members = list.map((inner, i) => compile(inner, [...path, i], context))
  if (members.every((member) => member.kind === 'values')) {
    const rdatas = distinct(members.flatMap((member) => member.rdatas))
    if (members.every(({ stored }) => stored === undefined)) return { kind: 'values', rdatas }
    return { kind: 'values', rdatas, stored: distinct(members.flatMap((member) => member.stored ?? member.rdatas)) }
  }
  return members.length === 1 ? (members[0] as Policy) : { kind: 'all', members }
}

const distinct = (rdatas: readonly Rdata[]): Rdata[] => [
  ...new Map(rdatas.map((rdata) => [rdata.text, rdata])).values(),
]

function compileMembers(
  list: readonly Member[],
  path: Path,
  context: CompileContext,
): { members: Policy[]; weights: number[]; total: number } {
  const members = list.map((member, i) => compile(member.answer, [...path, 'members', i, 'answer'], context))
  const weights = list.map((member) => member.weight)
  return { members, weights, total: weights.reduce((sum, weight) => sum + weight, 0) }
}

type NetworkEntry = { readonly text: string; readonly branch: number; readonly path: Path }

function compileNetworks(
  kind: 'view' | 'networks',
  entries: readonly NetworkEntry[],
  branches: readonly Policy[],
  otherwise: Expression | undefined,
  path: Path,
  context: CompileContext,
): Policy {
  const none: Policy =
    otherwise === undefined
      ? { kind: 'fail', why: `no network of the ${kind === 'view' ? 'view' : 'map'} holds the client` }
      : compile(otherwise, [...path, 'otherwise'], context)
  const members = [...branches, none]
  const prefixes: Prefix[] = []
  const kept: NetworkEntry[] = []
  const seen = new Set<string>()
  for (const entry of entries) {
    const prefix = parsePrefix(entry.text)
    if (!prefix.ok) {
      issue(context, entry.path, prefix.error)
      continue
    }
    const identity = `${prefix.value.length}/${prefix.value.bytes}`
    if (kind === 'networks' && seen.has(identity)) {
      issue(context, entry.path, `${entry.text} is in the map twice, in two spellings; expected each network once`)
    }
    seen.add(identity)
    prefixes.push(prefix.value)
    kept.push(entry)
  }
  // Branches that are the same limit no scope: a border between them changes nothing for anybody.
  const outcomes = outcomeNumbers(members)
  const outcome = (branch: number): number => outcomes[branch] as number
  const map = buildScopeMap(
    prefixes,
    kind === 'view' ? 'first' : 'longest',
    kept.map((entry) => outcome(entry.branch)),
    outcome(members.length - 1),
  )
  if (outcomes.every((number) => number === outcomes[0])) return members[0] as Policy
  return {
    kind,
    map,
    networks: kept.map((entry) => entry.text),
    branches: Uint32Array.from(kept, (entry) => entry.branch),
    members,
  }
}

/** The same number for policies that answer alike. */
function outcomeNumbers(members: readonly Policy[]): number[] {
  const numbers = new Map<string, number>()
  const numberOf = (policy: Policy): number => {
    const text = identityOf(policy, numberOf)
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  return members.map(numberOf)
}

const scripts = new WeakMap<Policy, number>()
let scriptCount = 0

/** What a script gives is not known: it is like no other. */
function scriptNumber(policy: Policy): number {
  const number = scripts.get(policy) ?? ++scriptCount
  scripts.set(policy, number)
  return number
}

/** Members stand in it by number: texts within texts would double in length with every level. */
function identityOf(policy: Policy, numberOf: (member: Policy) => number): string {
  switch (policy.kind) {
    case 'values':
      return JSON.stringify(policy.rdatas.map((rdata) => rdata.text).sort())
    case 'fail':
      return policy.why
    case 'script':
      return `script ${scriptNumber(policy)}`
    case 'pool':
    case 'failover': {
      const { members, ...rest } = policy
      return JSON.stringify([rest, members.map(numberOf)])
    }
    case 'datacenters': {
      const { kind, map, name, members, parts, whenDown, failUnknown } = policy
      return JSON.stringify([kind, map.division.id, name, parts, whenDown, failUnknown, members.map(numberOf)])
    }
    default: {
      const { kind, members, weights, count, points, owners, networks, branches, division } = {
        ...NO_PARTS,
        ...policy,
      }
      const parts = [
        weights,
        count,
        points && [...points],
        owners && [...owners],
        networks,
        branches && [...branches],
        division?.id,
      ]
      return JSON.stringify([kind, parts, members.map(numberOf)])
    }
  }
}

const NO_PARTS = {
  weights: undefined,
  count: undefined,
  points: undefined,
  owners: undefined,
  networks: undefined,
  branches: undefined,
  division: undefined,
}
