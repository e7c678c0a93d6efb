import type { Rdata } from '../dns/query-path.ts'
import { MAX_RRSET_BYTES } from '../limits.ts'
import { OverBudget } from '../meter.ts'
import type { Fail } from './kinds/fail.ts'
import * as fail from './kinds/fail.ts'
import { visit, type Walk } from './kinds/index.ts'
import type { Choice, Draw } from './kinds/kind.ts'
import type { Values } from './kinds/values.ts'
import * as values from './kinds/values.ts'
import * as nearest from './nearest.ts'
import { scopeOf } from './pool-scope.ts'
import { poolStep, resolvePool } from './resolve-pool.ts'
import type { Decision, Input, Policy, PolicyTrace, Resolved, Script, Shift } from './types.ts'

/**
 * Walks the policy once, depth first. Pure: clock, chance and client are all in `input`.
 * @param trace gets the reasons for the decision
 */
export function evaluate(policy: Policy, input: Input, trace?: PolicyTrace): Decision {
  // Fixed records decide nothing, and take no step of the budget.
  if (policy.kind === 'values') {
    trace?.push(values.valuesStep(policy))
    return decisionOf(policy)
  }
  return decide(policy, input, trace)
}

/** Does the same for a policy that is known to decide something. */
export function decide(policy: Policy, input: Input, trace: PolicyTrace | undefined): Decision {
  const evaluator = new Evaluator(input, trace)
  evaluator.run(policy)
  evaluator.leaveOutDuplicates()
  return evaluator.decision
}

const decisionOf = ({ rdatas }: Values): Decision => ({
  rdatas,
  scope: 0,
  byChance: false,
  failure: undefined,
  validForSeconds: Number.POSITIVE_INFINITY,
})

/** Keeps duplicates: a list that a function gives to a script may have them. */
function evaluated(policy: Policy, input: Input, trace: PolicyTrace | undefined): Decision {
  const evaluator = new Evaluator(input, trace)
  evaluator.run(policy)
  return evaluator.decision
}

class Evaluator implements Walk {
  private rdatas: readonly Rdata[] = NONE
  /** The same list, once it has records of more than one source: that of a single source is not copied. */
  private joined: Rdata[] | undefined
  /** True if no record can be there twice. */
  private isSet = true
  private scope = 0
  private byChance = false
  private failure: Fail | undefined
  private validForSeconds = Number.POSITIVE_INFINITY
  /** The octets of the first records, and the number of these: they are counted if a script adds to them. */
  private bytes = 0
  private counted = 0
  readonly input: Input
  readonly trace: PolicyTrace | undefined

  constructor(input: Input, trace: PolicyTrace | undefined) {
    this.input = input
    this.trace = trace
  }

  get decision(): Decision {
    const { rdatas, scope, byChance, failure, validForSeconds } = this
    return { rdatas, scope, byChance, failure, validForSeconds }
  }

  /** An rrset is a set (RFC 2181 §5). */
  leaveOutDuplicates(): void {
    if (!this.isSet) this.rdatas = withoutDuplicates(this.rdatas)
  }

  run(policy: Policy): void {
    try {
      visit(policy, this)
    } catch (error) {
      if (!(error instanceof OverBudget)) throw error
      this.fail({ kind: 'fail', why: `the query was stopped: ${error.why}` })
    }
  }

  add(rdatas: readonly Rdata[]): void {
    if (rdatas.length === 0) return
    if (this.rdatas.length === 0) {
      this.rdatas = rdatas
      return
    }
    if (!this.joined) {
      this.joined = [...this.rdatas]
      this.rdatas = this.joined
      this.isSet = false
    }
    for (const rdata of rdatas) this.joined.push(rdata)
  }

  fail(failure: Fail): void {
    this.trace?.push(fail.stepOf(failure))
    // SERVFAIL is more severe than REFUSED.
    if (!this.failure || this.failure.refused) this.failure = failure
  }

  drawn(members: readonly Policy[], drawn: Draw): void {
    this.byChance = true
    if (typeof drawn === 'number') return visit(members[drawn] as Policy, this)
    for (const index of drawn) visit(members[index] as Policy, this)
  }

  chosen({ member, scope }: Choice<Policy>): void {
    if (scope > this.scope) this.scope = scope
    visit(member, this)
  }

  /** Visits the choice that health leaves. The scope is that of all members, so that it does not change with health. */
  byHealth(policy: Resolved): void {
    const { trace } = this
    const state = resolvePool(policy, this.input, this.input.work)
    this.validForSeconds = Math.min(this.validForSeconds, state.validForSeconds)
    if (policy.dependsOnClient) this.scope = Math.max(this.scope, scopeOf(policy, this.input))
    if (policy.kind === 'pool' && policy.nearest) trace?.push(nearest.stepOf(policy.nearest, this.input))
    trace?.push(poolStep(policy, state))
    visit(state.policy, this)
  }

  shifting(policy: Shift): void {
    const { work } = this.input
    work.chargeSteps(1)
    const { policy: now, validForSeconds } = policy.at(this.input, work, this.trace)
    this.validForSeconds = Math.min(this.validForSeconds, validForSeconds)
    visit(now, this)
  }

  script(policy: Script): void {
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
    this.isSet = false
    // The size of all other answers is checked when a zone is compiled.
    for (; this.counted < this.rdatas.length; this.counted++) {
      this.bytes += (this.rdatas[this.counted] as Rdata).bytes.length + RECORD_BYTES
    }
    if (this.bytes <= MAX_RRSET_BYTES) return
    const fact = `the records have ${this.bytes} octets`
    this.fail({ kind: 'fail', why: `${fact}; at most ${MAX_RRSET_BYTES} fit a DNS message` })
  }
}

const NONE: readonly Rdata[] = []

/** The octets of a record beside its data. */
const RECORD_BYTES = 12

/** So many records are compared each with each, which takes less time than a map of them. */
const FEW = 8

function withoutDuplicates(rdatas: readonly Rdata[]): readonly Rdata[] {
  if (rdatas.length <= FEW) {
    return hasDuplicates(rdatas) ? rdatas.filter((one, i) => !holds(rdatas, i, one)) : rdatas
  }
  const seen = new Map(rdatas.map((rdata) => [rdata.text, rdata]))
  return seen.size === rdatas.length ? rdatas : [...seen.values()]
}

function hasDuplicates(rdatas: readonly Rdata[]): boolean {
  for (let i = 1; i < rdatas.length; i++) if (holds(rdatas, i, rdatas[i] as Rdata)) return true
  return false
}

/** Returns true if one of the first records is the same. */
function holds(rdatas: readonly Rdata[], count: number, wanted: Rdata): boolean {
  for (let i = 0; i < count; i++) {
    const rdata = rdatas[i] as Rdata
    if (rdata === wanted || (rdata.bytes.length === wanted.bytes.length && rdata.text === wanted.text)) return true
  }
  return false
}
