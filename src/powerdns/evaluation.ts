import type { Header, Name, Rdata } from '../dns/index.ts'
import type { Location } from '../geo/index.ts'
import { MAX_ASKED_CALL_CHARS } from '../limits.ts'
import {
  DEFAULT_BUDGET,
  type Host,
  type LuaTable,
  type LuaValue,
  type Returned,
  type Run,
  tableOf,
} from '../lua-vm/index.ts'
import { type Address, addressBits, type Prefix, UNKNOWN_ADDRESS } from '../net/index.ts'
import type { Decide, PolicyStep } from '../policy/index.ts'
import { locateBy } from '../policy/locate-by.ts'
import {
  atPoint,
  type Decision,
  type Input,
  type LocatedClient,
  type PlaceAttribute,
  type Policy,
  type PolicyTrace,
  type ScriptQuery,
} from '../policy/query-path.ts'
import { comboAddress, type Read, type Who } from './address.ts'
import { argumentsText } from './arguments.ts'
import type { AskedPools } from './asked-pools.ts'
import type { ScriptCode } from './code.ts'
import { environmentOf, SCRIPT_FUNCTIONS } from './environment.ts'
import { isInNetmasks } from './netmask.ts'
import { bareQuery, scopeOfNetworks } from './query.ts'
import type { Endpoint, QueryInput } from './query-input.ts'
import { describeValues, recordsOf } from './records.ts'
import type { ScriptHost } from './script-host.ts'
import { givesList } from './traits.ts'

/** The script that is evaluated: see `PowerDnsScript`. */
type Evaluated = {
  readonly code: ScriptCode
  readonly name: string
  readonly record: { readonly type: number; readonly zone: Name; readonly owner: Name }
  readonly asks: true | 'all lists' | undefined
  readonly asked: AskedPools | undefined
  readonly records: Map<string, Rdata>
}

/** The largest number of steps in a trace: a loop may make many. */
const MAX_STEPS_TOLD = 100
const MAX_WHY_CHARS = 200

const LOCALWHO: Endpoint = { address: UNKNOWN_ADDRESS, port: 443 }

/** The steps to make a pool: for each address a check and its identity, a hash; for a pattern its program. */
const STEPS_A_CHAR = 4
const STEPS_A_PATTERN = 256
const stepsToMake = (args: string): number =>
  args.length * STEPS_A_CHAR + (args.includes('"stringmatch":') ? STEPS_A_PATTERN : 0)

/**
 * One evaluation of a script. It gives the query to the script, and records for the trace which inputs the script read.
 */
export class Evaluation implements ScriptHost, QueryInput {
  scope = 0
  byChance = false
  validForSeconds = Number.POSITIVE_INFINITY
  private steps = 0
  private readonly inputs: string[] = []
  readonly trace: CallTrace | undefined
  private readonly environment: Host
  private readonly script: Evaluated
  private readonly input: Input
  private readonly decide: Decide
  private asked: ScriptQuery | undefined
  private readonly located: Partial<Record<PlaceAttribute, LocatedClient>> = {}

  /**
   * @param decide evaluates the policy of a part, with the same input, and leaves duplicates in
   * @param isTraced true if somebody wants the steps of the functions that the script calls
   */
  constructor(script: Evaluated, input: Input, decide: Decide, isTraced: boolean) {
    this.trace = isTraced ? new CallTrace() : undefined
    this.script = script
    this.input = input
    this.decide = decide
    this.environment = environmentOf(this, SCRIPT_FUNCTIONS)
  }

  /** @param trace gets the step of the run, and those of the functions that it called behind it */
  run(trace: PolicyTrace | undefined): Decision {
    const { script } = this
    const { work } = this.input
    const program = script.code.ready(work)
    const returned = program.run(this, { steps: work.steps, bytes: work.bytes, calls: DEFAULT_BUDGET.calls })
    const result = returned.ok ? recordsOf(returned.value, script, work) : returned
    trace?.push({
      step: 'script',
      read: this.inputs,
      steps: this.steps,
      returned: returned.ok ? describeValues(returned.value) : 'an error',
    })
    for (const step of this.trace?.steps ?? []) trace?.push(step)
    const { scope, byChance, validForSeconds } = this
    const decision = { scope, byChance, validForSeconds }
    if (result.ok) return { ...decision, rdatas: result.value }
    const why = typeof result.error === 'string' ? result.error : result.error.why
    return { ...decision, rdatas: [], failure: { kind: 'fail', why: shortened(why) } }
  }

  // --- Host ----------------------------------------------------------------------------------------------------------

  global(name: string): LuaValue {
    return this.script.code.function(name) ?? this.environment.global(name)
  }

  random(): number {
    this.byChance = true
    this.note('chance')
    return this.input.random()
  }

  /** Draws one of some indices, each as likely as its weight. */
  choose(weights: readonly number[], total: number): number {
    this.byChance = true
    const { explorer } = this.input
    if (explorer) return explorer.choose(weights)
    return atPoint(weights, Math.floor(this.input.random() * total))
  }

  ended({ steps, bytes }: Run, taken: number): void {
    this.steps = taken
    const { work } = this.input
    work.steps = Math.max(0, steps)
    work.bytes = Math.max(0, bytes)
  }

  // --- the query: a getter runs when the script first uses the input -------------------------------------------------

  /** Records an input for the trace. There are so few that an array is faster than a set. */
  private note(input: string): void {
    if (!this.inputs.includes(input)) this.inputs.push(input)
  }

  private get query(): ScriptQuery {
    this.asked ??= this.input.query ?? bareQuery(this.input)
    return this.asked
  }

  get qname(): Name {
    this.note('qname')
    return this.query.qname
  }

  get zone(): Name {
    return this.script.record.zone
  }

  get owner(): Name {
    return this.script.record.owner
  }

  /** PowerDNS's number for a zone in its database. */
  readonly zoneid = 0

  get bestwho(): Endpoint {
    this.note('bestwho')
    return { address: this.input.client, port: 0 }
  }

  get who(): Endpoint {
    this.note('who')
    return { address: this.query.connection, port: 0 }
  }

  get ecswho(): Prefix | undefined {
    this.note('ecswho')
    return this.query.ecs
  }

  /** A Worker does not know the address that the client connected to. */
  readonly localwho: Endpoint = LOCALWHO

  /** HTTP has no datagrams: nothing is truncated, as over TCP. */
  readonly tcp = true

  get dnssecOK(): boolean {
    this.note('dnssecOK')
    return this.query.dnssecOk
  }

  get ednsPKTSize(): number {
    this.note('ednsPKTSize')
    return this.query.payloadSize
  }

  get dh(): Header {
    this.note('dh')
    return this.query.header
  }

  /** The scope of what the script learns about the client. */
  get read(): Read {
    return (who, compared) => this.learn(who, compared)
  }

  private learn(who: Who, compared?: readonly Prefix[]): void {
    if (who === 'localwho') return
    // With ECS the resolver's own address does not narrow the client's scope: the answer is valid for that resolver
    // alone.
    if (who === 'who' && this.query.ecs && this.query.ecs.length > 0) return
    const { client } = this.input
    const bits = compared ? scopeOfNetworks(client, compared) : addressBits(client.family)
    this.scope = Math.max(this.scope, bits)
  }

  // --- for the functions ---------------------------------------------------------------------------------------------

  /** The client's address, all of it. */
  get client(): Address {
    const { address } = this.bestwho
    this.learn('bestwho')
    return address
  }

  /**
   * The client's location. From the database: valid for neighbours with the same attribute. From the connection: valid
   * for this client only.
   */
  locatedBy(attribute: PlaceAttribute): LocatedClient {
    const known = this.located[attribute]
    if (known) return known
    this.note('geo')
    const { place, from, scope } = locateBy(attribute, this.input)
    const located = { place, from, scope }
    this.located[attribute] = located
    this.scope = Math.max(this.scope, scope)
    this.trace?.push({ step: 'place', by: attribute, ...located })
    return located
  }

  toLocation(address: Address): Location | undefined {
    this.note('geo')
    return this.input.places?.database?.lookup(address).place
  }

  isIn(networks: LuaTable, name: string, run: Run): boolean {
    const { address } = this.bestwho
    const origin = { who: 'bestwho', read: this.read, bits: addressBits(address.family) } as const
    return isInNetmasks(networks, comboAddress(address, 0, origin).value, name, run)
  }

  data(name: Name, type: number): readonly string[] {
    this.note('dblookup')
    return this.query.data(name, type)
  }

  /** A call whose arguments were known when the zone was compiled. */
  part(policy: Policy, call: string, isList: boolean, run: Run): Returned {
    const { work } = this.input
    // The policy is charged to the budget of the query, which the script shares.
    work.steps = run.steps
    const { rdatas, scope, byChance, validForSeconds, failure } = this.decide(policy, this.trace)
    run.steps = work.steps
    this.scope = Math.max(this.scope, scope)
    this.byChance ||= byChance
    this.validForSeconds = Math.min(this.validForSeconds, validForSeconds)
    run.chargeSteps(1 + rdatas.length)
    if (failure) throw run.fail(`${call}: ${failure.why}`)
    return isList
      ? tableOf(
          rdatas.map(({ text }) => text),
          run,
        )
      : rdatas[0]?.text
  }

  /** A call of a health function whose arguments were computed. */
  healthCall(call: string, given: readonly LuaValue[], run: Run): Returned {
    const args = argumentsText(given, call, run)
    const policy = this.script.code.healthCall(call, args) ?? this.askedPool(call, args, run)
    return this.part(policy, call, givesList(call), run)
  }

  /** A pool whose checks are known from this query on. Until a result is there, `initially` decides. */
  private askedPool(call: string, args: string, run: Run): Policy {
    const { script, input } = this
    const { asked } = script
    if (!asked)
      throw run.fail(`${call}: the zone knows no checks for these arguments; expected it to be published again`)
    let pool = asked.find(script, call, args)
    if (!pool) {
      // Longer arguments are refused unread.
      if (args.length <= MAX_ASKED_CALL_CHARS) run.chargeSteps(stepsToMake(args))
      pool = asked.make(script, call, args)
    }
    if (!pool.ok) throw run.fail(`${call}: ${pool.error}`)
    const { policy, checks } = pool.value
    input.ask?.(checks)
    this.trace?.push({ step: 'asked', call, targets: checks.length })
    return policy
  }
}

/** The steps of the functions that a script calls: the first ones, without those of fixed records. */
class CallTrace {
  readonly steps: PolicyStep[] = []

  push(step: PolicyStep): void {
    if (step.step !== 'values' && this.steps.length < MAX_STEPS_TOLD) this.steps.push(step)
  }
}

const shortened = (why: string): string => (why.length > MAX_WHY_CHARS ? `${why.slice(0, MAX_WHY_CHARS)}…` : why)
