import type { Rdata } from '../dns/query-path.ts'
import { MAX_RRSET_BYTES } from '../limits.ts'
import { OverBudget } from '../meter.ts'
import * as all from './kinds/all.ts'
import type { Fail } from './kinds/fail.ts'
import * as fail from './kinds/fail.ts'
import { choose, draw, stepsOf } from './kinds/index.ts'
import type { Values } from './kinds/values.ts'
import * as values from './kinds/values.ts'
import * as nearest from './nearest.ts'
import { scopeOf } from './pool-scope.ts'
import { poolStep, resolvePool } from './resolve-pool.ts'
import type { Decision, Deterministic, Drawn, Input, Policy, PolicyTrace, Resolved, Script } from './types.ts'

/**
 * Walks the policy once, depth first. Pure: clock, chance and client are all in `input`.
 * @param trace gets the reasons for the decision
 */
export function evaluate(policy: Policy, input: Input, trace?: PolicyTrace): Decision {
  if (policy.kind === 'values') {
    trace?.push(values.valuesStep(policy))
    return valuesDecision(policy)
  }
  const decision = evaluated(policy, input, trace)
  const { rdatas } = decision
  return rdatas.length > 1 ? { ...decision, rdatas: withoutDuplicates(rdatas) } : decision
}

const valuesDecision = (policy: Values): Decision => ({
  rdatas: policy.rdatas,
  scope: 0,
  byChance: false,
  validForSeconds: Number.POSITIVE_INFINITY,
})

/** Keeps duplicates: a list that a function gives to a script may have them. */
function evaluated(policy: Policy, input: Input, trace: PolicyTrace | undefined): Decision {
  const evaluator = new Evaluator(input, trace)
  evaluator.run(policy)
  const { rdatas, scope, byChance, failure, validForSeconds } = evaluator
  const decision = { rdatas, scope, byChance, validForSeconds }
  return failure === undefined ? decision : { ...decision, failure }
}

class Evaluator {
  readonly rdatas: Rdata[] = []
  scope = 0
  byChance = false
  failure: Fail | undefined
  validForSeconds = Number.POSITIVE_INFINITY
  /** The octets of the records so far. */
  private bytes = 0
  private readonly input: Input
  private readonly trace: PolicyTrace | undefined

  constructor(input: Input, trace: PolicyTrace | undefined) {
    this.input = input
    this.trace = trace
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
    // Most policies end in values, which take one step.
    this.input.work.chargeSteps(policy.kind === 'values' ? 1 : stepsOf(policy))
    switch (policy.kind) {
      case 'values':
        this.trace?.push(values.valuesStep(policy))
        return this.add(policy.rdatas)
      case 'fail':
        return this.fail(policy)
      case 'all':
        this.trace?.push(all.stepOf(policy))
        for (const member of policy.members) this.visit(member)
        return
      case 'random':
      case 'weighted':
      case 'multi':
        return this.draw(policy)
      case 'pool':
      case 'failover':
        return this.byHealth(policy)
      case 'script':
        return this.script(policy)
      default:
        return this.byClient(policy)
    }
  }

  private add(rdatas: readonly Rdata[]): void {
    for (const rdata of rdatas) {
      this.rdatas.push(rdata)
      this.bytes += rdata.bytes.length + RECORD_BYTES
    }
  }

  private fail(failure: Fail): void {
    this.trace?.push(fail.stepOf(failure))
    // SERVFAIL is more severe than REFUSED.
    if (!this.failure || this.failure.refused) this.failure = failure
  }

  private draw(policy: Drawn): void {
    this.byChance = true
    for (const index of draw(policy, this.input.random, this.trace)) this.visit(policy.members[index] as Policy)
  }

  private byClient(policy: Deterministic): void {
    const { member, scope } = choose(policy, this.input, this.trace)
    if (scope > this.scope) this.scope = scope
    this.visit(member)
  }

  /** Visits the choice that health leaves. The scope is that of all members, so that it does not change with health. */
  private byHealth(policy: Resolved): void {
    const { trace } = this
    const state = resolvePool(policy, this.input, this.input.work)
    this.validForSeconds = Math.min(this.validForSeconds, state.validForSeconds)
    if (policy.dependsOnClient) this.scope = Math.max(this.scope, scopeOf(policy, this.input))
    if (policy.kind === 'pool' && policy.nearest) trace?.push(nearest.stepOf(policy.nearest, this.input))
    trace?.push(poolStep(policy, state))
    this.visit(state.policy)
  }

  private script(policy: Script): void {
    const { input } = this
    const { rdatas, scope, byChance, failure, validForSeconds } = policy.run(
      input,
      (part, trace) => input.explorer?.outcomeOf(part) ?? evaluated(part, input, trace),
      this.trace,
    )
    this.scope = Math.max(this.scope, scope)
    this.byChance ||= byChance
    this.validForSeconds = Math.min(this.validForSeconds, validForSeconds)
    if (failure) return this.fail(failure)
    this.add(rdatas)
    // The size of all other answers is checked when a zone is compiled.
    if (this.bytes <= MAX_RRSET_BYTES) return
    const fact = `the records have ${this.bytes} octets`
    this.fail({ kind: 'fail', why: `${fact}; at most ${MAX_RRSET_BYTES} fit a DNS message` })
  }
}

/** The octets of a record beside its data. */
const RECORD_BYTES = 12

/** An rrset is a set (RFC 2181 §5). */
function withoutDuplicates(rdatas: readonly Rdata[]): readonly Rdata[] {
  const seen = new Map(rdatas.map((rdata) => [rdata.text, rdata]))
  return seen.size === rdatas.length ? rdatas : [...seen.values()]
}
