import type { Rdata } from '../dns/index.ts'
import { MAX_RRSET_BYTES } from '../limits.ts'
import { OverBudget } from '../meter.ts'
import { type Address, addressBits, lookupScope } from '../net/index.ts'
import { unreachable } from '../result.ts'
import { branchOf } from './chosen.ts'
import { nextPoint } from './consistent-hashed.ts'
import { burtle, nameHash } from './hash.ts'
import { scopeOf } from './health-scope.ts'
import { nearestStep } from './nearest.ts'
import { alongOrder, branchAt, whereIs } from './place.ts'
import { pickRandom } from './random.ts'
import { reduce } from './reduce.ts'
import { stepsOf } from './steps.ts'
import type { PolicyStep } from './trace.ts'
import type {
  Datacenters,
  Decision,
  Fail,
  Failover,
  Geo,
  Input,
  Multi,
  Networks,
  Policy,
  Pool,
  Script,
  Values,
} from './types.ts'
import { atPoint, pickWeighted } from './weighted.ts'

/** Walks the policy once, depth first. Pure: clock, chance and client are all in `input`. */
export function evaluate(policy: Policy, input: Input): Decision {
  if (policy.kind === 'values') return valuesDecision(policy)
  const decision = walked(policy, input)
  const { rdatas } = decision
  return rdatas.length > 1 ? { ...decision, rdatas: withoutDuplicates(rdatas) } : decision
}

const valuesDecision = (policy: Values): Decision => ({
  rdatas: policy.rdatas,
  scope: 0,
  byChance: false,
  holds: Number.POSITIVE_INFINITY,
  trace: [valuesStep(policy)],
})

/** With duplicates: a list that a function gives to a script may have them. */
function walked(policy: Policy, input: Input): Decision {
  const walk = new Walk(input)
  walk.run(policy)
  const { rdatas, scope, byChance, failure, holds, trace } = walk
  const decision = { rdatas, scope, byChance, holds, trace }
  return failure === undefined ? decision : { ...decision, failure }
}

/** Returns the trace of fixed values, about which nothing decides. */
export const valuesStep = (policy: Values): PolicyStep => ({ step: 'values', records: policy.rdatas.length })

/** Members by their place in the zone, where some of them were left out before. */
const named = (picked: readonly number[], among: readonly number[] | undefined): readonly number[] =>
  among ? picked.map((i) => among[i] as number) : picked

class Walk {
  readonly rdatas: Rdata[] = []
  readonly trace: PolicyStep[] = []
  scope = 0
  byChance = false
  failure: Fail | undefined
  holds = Number.POSITIVE_INFINITY
  /** Octets of the records so far. */
  private bytes = 0
  private readonly input: Input

  constructor(input: Input) {
    this.input = input
  }

  run(policy: Policy): void {
    try {
      this.visit(policy)
    } catch (error) {
      if (!(error instanceof OverBudget)) throw error
      this.fail({ kind: 'fail', why: `the query was stopped: ${error.why}` })
    }
  }

  private visit(policy: Policy): void {
    const { input } = this
    // Most policies end in values, which take one step.
    input.work.chargeSteps(policy.kind === 'values' ? 1 : stepsOf(policy))
    switch (policy.kind) {
      case 'values':
        this.trace.push(valuesStep(policy))
        for (const rdata of policy.rdatas) {
          this.rdatas.push(rdata)
          this.bytes += rdata.bytes.length + RECORD_BYTES
        }
        return
      case 'fail':
        this.fail(policy)
        return
      case 'all':
        this.trace.push({ step: 'all', of: policy.members.length })
        for (const member of policy.members) this.visit(member)
        return
      case 'random': {
        const picked = pickRandom(policy.members.length, policy.count, input.random)
        this.byChance = true
        this.trace.push({ step: 'random', picked: named(picked, policy.among), of: policy.members.length })
        this.visitAll(policy.members, picked)
        return
      }
      case 'weighted': {
        const picked = pickWeighted(policy, input.random)
        this.byChance = true
        this.trace.push({
          step: 'weighted',
          picked: named(picked, policy.among),
          weights: picked.map((i) => policy.weights[i] as number),
          total: policy.total,
        })
        this.visitAll(policy.members, picked)
        return
      }
      case 'multi':
        this.multi(policy)
        return
      case 'hashed': {
        const hash = this.clientHash()
        const picked = hash % policy.members.length
        this.trace.push({ step: 'hashed', hash, of: policy.members.length, picked: policy.among?.[picked] ?? picked })
        this.visit(policy.members[picked] as Policy)
        return
      }
      case 'weighted-hashed':
      case 'name-hashed': {
        const hash = policy.kind === 'name-hashed' ? nameHash(input.name) : this.clientHash()
        const point = hash % policy.total
        const picked = atPoint(policy.weights, point, policy.order)
        this.trace.push({
          step: policy.kind,
          hash,
          point,
          total: policy.total,
          picked: policy.among?.[picked] ?? picked,
        })
        this.visit(policy.members[picked] as Policy)
        return
      }
      case 'consistent-hashed': {
        const hash = this.clientHash()
        const index = nextPoint(policy.points, hash)
        const picked = policy.owners[index] as number
        const point = policy.points[index] as number
        this.trace.push({ step: 'consistent-hashed', hash, point, picked: policy.among?.[picked] ?? picked })
        this.visit(policy.members[picked] as Policy)
        return
      }
      case 'view':
      case 'networks':
        this.visit(this.byNetwork(policy, input.client))
        return
      case 'geo':
        this.visit(this.byPlace(policy))
        return
      case 'datacenters':
        this.visit(this.byMap(policy))
        return
      case 'pool':
      case 'failover':
        this.visit(this.byHealth(policy))
        return
      case 'script':
        this.script(policy)
        return
      default:
        unreachable(policy)
    }
  }

  private visitAll(members: readonly Policy[], picked: readonly number[]): void {
    for (const index of picked) this.visit(members[index] as Policy)
  }

  private fail(failure: Fail): void {
    this.trace.push({ step: 'fail', why: failure.why, ...(failure.refused && { refused: true }) })
    // The graver one of two reasons is told.
    if (!this.failure || this.failure.refused) this.failure = failure
  }

  private script(policy: Script): void {
    const { input } = this
    const { rdatas, scope, byChance, failure, holds, trace } = policy.run(
      input,
      (part) => input.explorer?.outcomeOf(part) ?? walked(part, input),
    )
    this.scope = Math.max(this.scope, scope)
    this.byChance ||= byChance
    this.holds = Math.min(this.holds, holds)
    for (const step of trace) this.trace.push(step)
    if (failure) return this.fail(failure)
    for (const rdata of rdatas) {
      this.rdatas.push(rdata)
      this.bytes += rdata.bytes.length + RECORD_BYTES
    }
    // All other records of an answer were reckoned up when the zone was compiled.
    if (this.bytes <= MAX_RRSET_BYTES) return
    this.fail({
      kind: 'fail',
      why: `the records have ${this.bytes} octets; at most ${MAX_RRSET_BYTES} fit a DNS message`,
    })
  }

  private multi(policy: Multi): void {
    const drawn = policy.weights.map((weight) => Math.floor(this.input.random() * policy.largest) < weight)
    const picked = drawn.flatMap((included, i) => (included ? [i] : []))
    this.byChance = true
    this.trace.push({ step: 'multi', picked: named(picked, policy.among), weights: policy.weights })
    this.visitAll(policy.members, picked)
  }

  /** Returns the choice that health leaves. Its scope is that of all members, so that it does not change with health. */
  private byHealth(policy: Pool | Failover): Policy {
    const { policy: left, holds, step } = reduce(policy, this.input, this.input.work)
    this.holds = Math.min(this.holds, holds)
    if (policy.steered) this.scope = Math.max(this.scope, scopeOf(policy, this.input))
    if (policy.kind === 'pool' && policy.nearest)
      this.trace.push(nearestStep(policy.nearest, policy.select, this.input))
    this.trace.push(step)
    return left
  }

  private byNetwork(policy: Networks, client: Address): Policy {
    const { index, scope } = lookupScope(policy.map, client)
    const branch = branchOf(policy, index)
    this.scope = Math.max(this.scope, scope)
    this.trace.push({
      step: policy.kind,
      matched: index < 0 ? null : (policy.networks[index] as string),
      branch: index < 0 ? 'otherwise' : branch,
      scope,
    })
    return policy.members[branch] as Policy
  }

  private byPlace(policy: Geo): Policy {
    const located = whereIs(policy.division, this.input)
    const { place, from, scope } = located
    const { matched, branch } = branchAt(policy, located)
    this.scope = Math.max(this.scope, scope)
    this.trace.push({ step: 'geo', place, from, matched, branch: matched === null ? 'otherwise' : branch, scope })
    return policy.members[branch] as Policy
  }

  private byMap(policy: Datacenters): Policy {
    const { map } = policy
    const located = whereIs(map.division, this.input)
    const { place, from, network, outcome, scope } = located
    const matched = network < 0 ? map.matched(place) : (map.networks[network] as string)
    const order = map.indices(String(outcome)).map((i) => map.datacenters[i] as string)
    this.scope = Math.max(this.scope, scope)
    this.trace.push({ step: 'datacenters', map: map.name, place, from, matched, order, scope })
    return alongOrder(policy, located)
  }

  /** A hash looks at every bit of the address: its decision holds for nobody else. */
  private clientHash(): number {
    const { client } = this.input
    this.scope = addressBits(client.family)
    return burtle(client.bytes)
  }
}

/** Octets of a record beside its data. */
const RECORD_BYTES = 12

/** An rrset is a set (RFC 2181 §5). */
function withoutDuplicates(rdatas: readonly Rdata[]): readonly Rdata[] {
  const seen = new Map(rdatas.map((rdata) => [rdata.text, rdata]))
  return seen.size === rdatas.length ? rdatas : [...seen.values()]
}
