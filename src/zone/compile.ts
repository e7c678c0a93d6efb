import {
  formatName,
  isSubdomain,
  type Name,
  type NameKey,
  parseName,
  parseRdataText,
  plainKey,
  type Rdata,
  TYPE,
  typeName,
} from '../dns/index.ts'
import {
  type CheckJudge,
  type Condition,
  compileCheck,
  type ProbeCondition,
  probesOf,
  type StalePolicy,
} from '../health/index.ts'
import { DEFAULT_STALE_SECONDS, MAX_ZONE_HASH_POINTS, MAX_ZONE_SCRIPT_NODES, MAX_ZONE_TARGETS } from '../limits.ts'
import { parseSubnetTrust, type SubnetTrust } from '../net/index.ts'
import {
  type CompileContext,
  compile,
  compileMap,
  contains,
  type DatacenterMap,
  type Expression,
  type Issue,
  isAlternatives,
  type Path,
  type Policy,
  recordsOf,
  type ScriptExpression,
  type Warning,
  zoneBudget,
} from '../policy/index.ts'
import { AskedPools, compileCode, compileScript, type HealthCalls, type ScriptCode } from '../powerdns/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { OwnerDocument, RrsetDocument, TtlDocument, ZoneDocument } from './document.ts'
import { GeoUsage } from './geo-usage.ts'
import { NameTree } from './name-tree.ts'
import { NodeMap } from './names.ts'
import { Patterns } from './patterns.ts'
import { PlainAnswers, textRecord } from './plain-answers.ts'
import { ProbeBlockers } from './probe-blockers.ts'
import { probeTarget } from './probe-target.ts'
import { answerError, conflicts, hasSuspects, lintRrsets, placementError } from './validate.ts'
import type { PolicyRrset, Zone } from './zone.ts'

/** A zone as it is compiled: its names are all in memory, and can be listed. */
export type LocalZone = Zone & {
  readonly names: NodeMap
  /** Every check of a target that its answers consult. */
  readonly conditions: readonly ProbeCondition[]
  /** The fate of states that nobody has confirmed. */
  readonly stale: StalePolicy
}

/** Returns the number of targets of its checks. */
export const countProbes = ({ conditions }: LocalZone): number => new Set(conditions.map(({ probe }) => probe.id)).size

/** Returns the number of its records. A choice has all that it may answer; one that has none counts as one. */
export function countRecords({ names }: LocalZone): number {
  let records = 0
  for (const { rrsets } of names.nodes.values()) {
    for (const { policy } of rrsets) records += Math.max(1, recordsOf(policy).length)
  }
  return records
}

export type CompiledZone = {
  readonly zone: LocalZone
  readonly document: ZoneDocument
  /** Valid, but most likely not intended. */
  readonly warnings: readonly Warning[]
}

/**
 * The code that compiling uses and that not everybody loads. `healthCalls` makes the pools that only queries can know.
 * `patternSize` is left out where a document was validated with it before.
 */
export type CompileAids = CheckJudge & { readonly healthCalls?: HealthCalls }

/** Compiles a zone whose document has a valid shape: begins, then takes its names one by one, then ends. */
export class ZoneCompiler {
  readonly issues: Issue[] = []
  readonly warnings: Warning[] = []
  private readonly budget = zoneBudget()
  private readonly patterns: Patterns | undefined
  private readonly patternSize: CheckJudge['patternSize']
  private readonly tree: NameTree
  private readonly conditions = new Map<string, ProbeCondition>()
  private readonly probeBlockers = new ProbeBlockers()
  private readonly scripts = new Map<string, ScriptCode[]>()
  private usesHealth = false
  private asksTargets = false
  private readonly stale: StalePolicy
  /** The rrsets whose answers places decide. */
  private readonly places = new GeoUsage()
  private maps: ReadonlyMap<string, DatacenterMap> = new Map()
  /** The document, whose records are given to `owner` instead. */
  private readonly document: ZoneDocument
  private readonly origin: Name
  private readonly plain: PlainAnswers
  private readonly trust: Result<SubnetTrust> | undefined
  private readonly soa: PolicyRrset
  /** The zone as checks name it. */
  private readonly checkZone: string
  private readonly asked: AskedPools | undefined

  constructor(document: ZoneDocument, origin: Name, { healthCalls, patternSize }: CompileAids) {
    this.document = document
    this.origin = origin
    const { staleAfter = DEFAULT_STALE_SECONDS, whenStale = 'keep' } = document.health ?? {}
    this.stale = { after: staleAfter, policy: whenStale }
    this.checkZone = withoutDot(formatName(origin))
    this.asked = healthCalls && new AskedPools(healthCalls, this.checkZone, this.stale)
    this.patternSize = patternSize
    this.patterns = patternSize && new Patterns(patternSize)
    this.tree = new NameTree(origin.key)
    this.plain = new PlainAnswers(origin)
    this.trust = subnetTrustOf(document)
    this.soa = this.compileSoa()
  }

  /** Compiles everything but the records. Yields the work of each script. */
  *begin(): Generator<number> {
    this.tree.set(this.tree.node(this.origin.key), [this.soa])
    this.maps = this.compileMaps()
    yield* this.includedScripts()
  }

  /** Returns all errors, when all names have been compiled. */
  allIssues(): readonly Issue[] {
    const { trust } = this
    return trust?.ok === false ? [...this.issues, { path: ['clientSubnet'], message: trust.error }] : this.issues
  }

  /** The number of names that `mark` visits. */
  get toMark(): number {
    return this.tree.toMark
  }

  /** Marks what is never answered, a name at a time. Only a zone without errors is marked. */
  *mark(): Generator<void> {
    yield* this.tree.mark(this.warnings)
  }

  /** @param document the whole document */
  end(document: ZoneDocument): CompiledZone {
    const { soa, trust } = this
    this.warnings.push(...this.probeBlockers.warnings(), ...this.places.warnings())
    if (!this.tree.node(this.origin.key).rrsets.some((rrset) => rrset.type === TYPE.NS)) {
      this.warnings.push({
        path: ['records'],
        message: 'the zone has no NS records at its origin; expected at least one',
      })
    }
    const ttl = Math.min(soa.ttl, document.soa.minimum)
    const rdatas = soa.policy.kind === 'values' ? soa.policy.rdatas : []
    const zone: LocalZone = {
      origin: this.origin,
      serial: document.soa.serial,
      negative: { owner: this.origin, type: TYPE.SOA, ttl, rdatas },
      names: new NodeMap(this.tree.nodes),
      conditions: [...this.conditions.values()],
      stale: this.stale,
      asksTargets: this.asksTargets,
      usesHealth: this.usesHealth,
      usesPlaces: this.places.isUsed,
      ...(trust?.ok && { clientSubnet: trust.value }),
    }
    return { zone, document, warnings: this.warnings }
  }

  private readonly included = (name: string): readonly ScriptCode[] | undefined => this.scripts.get(name)

  /** The code that scripts include, which may include each other. */
  private *includedScripts(): Generator<number> {
    const entries = Object.entries(this.document.scripts ?? {})
    for (const [name] of entries) this.scripts.set(name, [])
    for (const [name, scripts] of entries) {
      for (const [i, script] of scripts.entries()) {
        const before = this.spent()
        this.includedScript(script, name, i)
        yield 1 + this.spent() - before
      }
    }
  }

  private includedScript(script: ScriptExpression<Expression>, name: string, i: number): void {
    const path = ['scripts', name, i]
    const context = this.context(path, this.origin, TYPE.LUA, `${withoutDot(name)}/LUA`)
    const code = compileCode(script, path, context, this.included, `${name}/${i + 1}/`)
    if (!code) return
    this.scripts.get(name)?.push(code)
    this.usesHealth ||= code.parts.some(({ policy }) => hasAlternatives(policy))
  }

  /** Returns the work that rings and scripts have taken until now, which a document's size does not show. */
  private spent(): number {
    const { points, nodes } = this.budget
    return Math.ceil((MAX_ZONE_HASH_POINTS - points) / POINTS_A_UNIT) + MAX_ZONE_SCRIPT_NODES - nodes
  }

  /** Returns the context for compiling an answer. `owner` is its name in overrides. */
  private context(path: Path, name: Name, type: number, owner: string): CompileContext {
    return {
      rdata: (text) => this.rdata(type, text, path),
      owner,
      check: (...check) => this.check(path, ...check),
      target: (rdata) => probeTarget(type, rdata, name.key),
      maps: this.maps,
      script: (expression, at, inside) =>
        compileScript(expression, at, inside, {
          record: { type, zone: this.origin, owner: name },
          included: this.included,
          asked: this.asked,
        }),
      budget: this.budget,
      issues: this.issues,
    }
  }

  private compileSoa(): PolicyRrset {
    const { mname, rname, serial, refresh, retry, expire, minimum, ttl } = this.document.soa
    for (const [field, name] of Object.entries({ mname, rname })) {
      const parsed = parseName(name, this.origin)
      if (!parsed.ok) this.issues.push({ path: ['soa', field], message: parsed.error })
    }
    const text = [mname, rname, serial, refresh, retry, expire, minimum].join(' ')
    const rdata = parseRdataText(TYPE.SOA, text, this.origin)
    if (!rdata.ok && this.issues.length === 0) this.issues.push({ path: ['soa'], message: rdata.error.message })
    const policy: Policy = { kind: 'values', rdatas: rdata.ok ? [rdata.value] : [] }
    return { type: TYPE.SOA, ttl: ttl ?? this.document.ttl, policy }
  }

  /**
   * Compiles the rrsets of a name.
   * @returns the work that rings and scripts took
   */
  owner(owner: string, types: OwnerDocument): number {
    const key = plainKey(owner, this.origin) ?? this.nameOf(owner)?.key
    if (key === undefined) return 0
    if (!isSubdomain(key, this.origin.key)) {
      const zone = formatName(this.origin)
      const message = `${formatName(key)} is outside the zone ${zone}; expected a name that ends with ${zone}`
      this.issues.push({ path: ['records', owner], message })
      return 0
    }
    const node = this.tree.node(key)
    const isApex = key === this.origin.key
    if (node.rrsets.length > (isApex ? 1 : 0)) {
      const message = `${formatName(key)} is listed twice, in two spellings; expected each name once`
      this.issues.push({ path: ['records', owner], message })
      return 0
    }
    node.owner = owner
    const before = this.spent()
    const rrsets = node.rrsets.slice()
    for (const type of Object.keys(types)) this.rrset(rrsets, key, owner, type, types[type] as RrsetDocument)
    this.tree.set(node, rrsets)
    if (rrsets.length > 1) this.issues.push(...conflicts(node, isApex, ['records', owner], Object.keys(types)))
    if (hasSuspects(node)) this.warnings.push(...lintRrsets(node, ['records', owner]))
    return this.spent() - before
  }

  private nameOf(owner: string): Name | undefined {
    const name = parseName(owner, this.origin)
    if (name.ok) return name.value
    this.issues.push({ path: ['records', owner], message: name.error })
    return undefined
  }

  private rrset(rrsets: PolicyRrset[], key: NameKey, owner: string, typeText: string, document: RrsetDocument): void {
    const known = this.plain.type(typeText)
    const refuse = (message: string): void => void this.issues.push({ path: ['records', owner, typeText], message })
    if (!known.ok) return refuse(known.error)
    const type = known.value
    const wrong = this.rrsetError(rrsets, key, type)
    if (wrong !== undefined) return refuse(wrong)
    const { answer, ttl = this.document.ttl } = withTtl(document)
    const policy = this.plain.policy(type, answer) ?? this.policy(type, key, owner, typeText, document)
    if (!policy) return
    rrsets.push(typeof ttl === 'number' ? { type, ttl, policy } : { type, ttl: ttl[1], minTtl: ttl[0], policy })
  }

  /** Returns the reason why a name has no such rrset, whatever its data. */
  private rrsetError(others: readonly PolicyRrset[], key: NameKey, type: number): string | undefined {
    const misplaced = placementError(type, key, this.origin.key)
    if (misplaced !== undefined) return misplaced
    if (!others.some((rrset) => rrset.type === type)) return undefined
    return `${typeName(type)} is listed twice, in two spellings; expected each type once`
  }

  /** Compiles any answer. Returns undefined after an error. */
  private policy(
    type: number,
    key: NameKey,
    owner: string,
    typeText: string,
    document: RrsetDocument,
  ): Policy | undefined {
    const path = ['records', owner, typeText]
    const ownerName = this.nameOf(owner)
    if (!ownerName) return undefined
    const { answer, isWrapped } = withTtl(document)
    const before = this.issues.length
    const name = `${withoutDot(formatName(key))}/${typeName(type)}`
    const context = this.context(path, ownerName, type, name)
    const policy = compile(answer, isWrapped ? [...path, 'answer'] : path, context)
    if (this.issues.length > before) return undefined
    const wrong = answerError(type, policy, key === this.origin.key)
    if (wrong !== undefined) {
      this.issues.push({ path, message: wrong })
      return undefined
    }
    this.asksTargets ||= asksTargets(policy)
    this.usesHealth ||= this.asksTargets || hasAlternatives(policy)
    this.places.add(policy, path)
    return policy
  }

  private check(path: Path, ...[reference, own, target]: Parameters<CompileContext['check']>): Result<Condition> {
    const { checks = {} } = this.document
    const context = { zone: this.checkZone, named: checks, stale: this.stale, patternSize: this.patternSize }
    const condition = compileCheck(reference, own, target, context)
    if (!condition.ok) return condition
    for (const probe of probesOf(condition.value)) {
      this.conditions.set(`${probe.check} ${probe.probe.id}`, probe)
      if (this.conditions.size > MAX_ZONE_TARGETS) {
        return err(`the checks of the zone have more than ${MAX_ZONE_TARGETS} targets; expected fewer in one zone`)
      }
      this.probeBlockers.add(probe, path)
      const tooMany = this.patterns?.add(probe)
      if (tooMany !== undefined) return err(tooMany)
    }
    return condition
  }

  private compileMaps(): ReadonlyMap<string, DatacenterMap> {
    const maps = Object.entries(this.document.maps ?? {})
    return new Map(maps.map(([name, map]) => [name, compileMap(name, map, ['maps', name], this.issues)]))
  }

  private rdata(type: number, text: string, path: Path): Result<Rdata> {
    const record = textRecord(type, text, this.origin)
    if (!record.ok) return record
    const { rdata, warning } = record.value
    if (warning !== undefined) this.warnings.push({ path, message: warning })
    return ok(rdata)
  }
}

/** Points of a hash ring take less time than records. */
const POINTS_A_UNIT = 16

function subnetTrustOf({ clientSubnet }: ZoneDocument): Result<SubnetTrust> | undefined {
  if (clientSubnet === undefined) return undefined
  return parseSubnetTrust(typeof clientSubnet === 'string' ? [clientSubnet] : clientSubnet)
}

function withTtl(document: RrsetDocument): { answer: Expression; ttl: TtlDocument | undefined; isWrapped: boolean } {
  if (typeof document === 'object' && 'answer' in document) {
    return { answer: document.answer, ttl: document.ttl, isWrapped: true }
  }
  return { answer: document as Expression, ttl: undefined, isWrapped: false }
}

const hasAlternatives = (policy: Policy): boolean => contains(policy, isAlternatives)

/** True if queries may ask for checks that the document does not have. */
const asksTargets = (policy: Policy): boolean => contains(policy, (one) => one.kind === 'script' && one.asksTargets)

const withoutDot = (name: string): string => (name === '.' ? name : name.slice(0, -1))
