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
import { type CheckJudge, type Condition, compileCheck, probesOf, type StalePolicy } from '../health/index.ts'
import { DEFAULT_STALE_SECONDS } from '../limits.ts'
import type { SubnetTrust } from '../net/index.ts'
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
  poolShapesOf,
  type ScriptExpression,
  type Warning,
} from '../policy/index.ts'
import { AskedPools, compileCode, compileScript, type HealthCalls, type ScriptCode } from '../powerdns/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { Access } from './access.ts'
import type { Kept, KeptOwner, Memory } from './compile-memory.ts'
import type { OwnerDocument, RrsetDocument, TtlDocument, ZoneDocument } from './document.ts'
import { accessOf, guardOf, subnetTrustOf } from './document-settings.ts'
import type { LocalZone } from './local-zone.ts'
import { type Draft, NameTree } from './name-tree.ts'
import { NodeMap } from './names.ts'
import { outsideAliases } from './outside-aliases.ts'
import { PlainAnswers, textRecord } from './plain-answers.ts'
import { probeTarget } from './probe-target.ts'
import { Tally } from './tally.ts'
import { tellingNames } from './told/index.ts'
import { answerError, conflicts, hasSuspects, lintRrsets, placementError } from './validate.ts'
import type { PolicyRrset } from './zone.ts'

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
  private readonly tally: Tally
  private readonly patternSize: CheckJudge['patternSize']
  private readonly tree: NameTree
  private scripts: ReadonlyMap<string, ScriptCode[]> = new Map()
  private readonly stale: StalePolicy
  private maps: ReadonlyMap<string, DatacenterMap> = new Map()
  /** The document, whose records are given to `owner` instead. */
  private readonly document: ZoneDocument
  private readonly origin: Name
  private readonly plain: PlainAnswers
  private readonly trust: Result<SubnetTrust> | undefined
  private readonly access: Result<Access> | undefined
  private readonly soa: PolicyRrset
  /** The zone as checks name it. */
  private readonly checkZone: string
  private readonly asked: AskedPools | undefined
  private readonly memory: Memory | undefined
  private shellShare: Kept['share']

  constructor(document: ZoneDocument, origin: Name, { healthCalls, patternSize }: CompileAids, memory?: Memory) {
    const before = memory?.before
    this.document = document
    this.origin = origin
    this.memory = memory
    const { staleAfter = DEFAULT_STALE_SECONDS, whenStale = 'keep' } = document.health ?? {}
    this.stale = { after: staleAfter, policy: whenStale }
    this.checkZone = withoutDot(formatName(origin))
    this.asked = before?.asked ?? (healthCalls && new AskedPools(healthCalls, this.checkZone, this.stale))
    this.patternSize = patternSize
    this.tally = new Tally(patternSize, before?.patterns)
    this.tree = new NameTree(origin.key)
    this.plain = before?.plain ?? new PlainAnswers(origin)
    this.trust = subnetTrustOf(document)
    this.access = accessOf(document)
    this.soa = this.compileSoa()
  }

  /** Compiles everything but the records. Yields the work of each script. */
  *begin(): Generator<number> {
    this.tree.set(this.tree.node(this.origin.key), [this.soa])
    const before = this.memory?.before
    if (before) {
      this.maps = before.maps
      this.scripts = before.scripts
      this.shellShare = before.share
      if (before.share) this.tally.add(before.share)
      return
    }
    if (this.memory) this.tally.note()
    this.maps = this.compileMaps()
    yield* this.includedScripts()
    this.shellShare = this.tally.noted()
  }

  /** Returns all errors, when all names have been compiled. */
  allIssues(): readonly Issue[] {
    const { access, issues, trust } = this
    return [
      ...issues,
      ...(trust?.ok === false ? [{ path: ['clientSubnet'], message: trust.error }] : []),
      ...(access?.ok === false ? [{ path: ['access'], message: access.error }] : []),
    ]
  }

  /** The number of names that `mark` visits. */
  get toMark(): number {
    return this.tree.toMark
  }

  /** Marks what is never answered, a name at a time. Only a zone without errors is marked. */
  *mark(): Generator<void> {
    yield* this.tree.mark(this.tally.warnings)
  }

  /** @param document the whole document */
  end(document: ZoneDocument): CompiledZone {
    const { access, soa, tally, trust } = this
    const { warnings, asksTargets, usesHealth, usesPlaces } = tally
    warnings.push(...tally.lastWarnings())
    if (!this.tree.node(this.origin.key).rrsets.some((rrset) => rrset.type === TYPE.NS)) {
      warnings.push({
        path: ['records'],
        message: 'the zone has no NS records at its origin; expected at least one',
      })
    }
    const ttl = Math.min(soa.ttl, document.soa.minimum)
    const rdatas = soa.policy.kind === 'values' ? soa.policy.rdatas : []
    const names = new NodeMap(this.tree.nodes)
    const conditions = [...tally.conditions.values()]
    const guard = guardOf(document, this.checkZone, conditions)
    const tellsHealth = document.health?.dns === true
    const zone: LocalZone = {
      origin: this.origin,
      serial: document.soa.serial,
      negative: { owner: this.origin, type: TYPE.SOA, ttl, rdatas },
      names: tellsHealth ? tellingNames(names) : names,
      conditions,
      pools: tally.pools,
      stale: this.stale,
      outsideAliases: outsideAliases(this.origin.key, names),
      asksTargets,
      usesHealth,
      usesPlaces,
      tellsHealth,
      ...(guard && { guard }),
      ...(trust?.ok && { clientSubnet: trust.value }),
      ...(access?.ok && { access: access.value }),
      ...(document.notify && { notify: document.notify }),
    }
    return { zone, document, warnings }
  }

  /** Returns what the next version of the zone takes over, when all names have been compiled without an error. */
  kept(aids: CompileAids, memory: Memory): Kept {
    const { asked, document: shell, maps, plain, scripts, shellShare: share, tally } = this
    return { aids, asked, maps, owners: memory.owners, patterns: tally.patterns, plain, scripts, share, shell }
  }

  private readonly included = (name: string): readonly ScriptCode[] | undefined => this.scripts.get(name)

  /** The code that scripts include, which may include each other. */
  private *includedScripts(): Generator<number> {
    const entries = Object.entries(this.document.scripts ?? {})
    this.scripts = new Map(entries.map(([name]) => [name, []]))
    for (const [name, scripts] of entries) {
      for (const [i, script] of scripts.entries()) {
        const before = this.tally.spent
        this.includedScript(script, name, i)
        yield 1 + this.tally.spent - before
      }
    }
  }

  private includedScript(script: ScriptExpression<Expression>, name: string, i: number): void {
    const path = ['scripts', name, i]
    const context = this.context(path, this.origin, TYPE.LUA, `${withoutDot(name)}/LUA`)
    const code = compileCode(script, path, context, this.included, `${name}/${i + 1}/`)
    if (!code) return
    this.scripts.get(name)?.push(code)
    this.tally.depends(code.parts.some(({ policy }) => contains(policy, isAlternatives)))
    this.tally.addPools(code.parts.flatMap(({ policy }) => poolShapesOf(policy)))
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
      budget: this.tally.budget,
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
   * @param given the rrsets as the document has them, before the schema
   * @param known the same rrsets as another version of the zone has them
   * @returns the work that rings and scripts took
   */
  owner(owner: string, types: OwnerDocument, given: unknown, known?: KeptOwner): number {
    const key = known?.key ?? plainKey(owner, this.origin) ?? this.nameOf(owner)?.key
    if (key === undefined) return 0
    if (!isSubdomain(key, this.origin.key)) {
      const zone = formatName(this.origin)
      const message = `${formatName(key)} is outside the zone ${zone}; expected a name that ends with ${zone}`
      this.issues.push({ path: ['records', owner], message })
      return 0
    }
    const node = this.tree.node(key)
    if (node.rrsets.length > (key === this.origin.key ? 1 : 0)) {
      const message = `${formatName(key)} is listed twice, in two spellings; expected each name once`
      this.issues.push({ path: ['records', owner], message })
      return 0
    }
    node.owner = owner
    const before = this.tally.spent
    if (known) this.takeOver(node, owner, known)
    else this.compileOwner(node, owner, types, given)
    return this.tally.spent - before
  }

  private takeOver(node: Draft, owner: string, known: KeptOwner): void {
    const { rrsets, share } = known
    this.memory?.take(owner, known, share === undefined || this.tally.add(share))
    this.tree.set(node, node.key === this.origin.key ? [this.soa, ...rrsets] : rrsets)
  }

  private compileOwner(node: Draft, owner: string, types: OwnerDocument, given: unknown): void {
    const { memory, tally } = this
    const { key } = node
    const isApex = key === this.origin.key
    if (memory) tally.note()
    const all = node.rrsets.slice()
    for (const type of Object.keys(types)) this.rrset(all, key, owner, type, types[type] as RrsetDocument)
    // An array that grew keeps room for more; a large zone has many.
    const rrsets = all.slice()
    this.tree.set(node, rrsets)
    if (rrsets.length > 1) this.issues.push(...conflicts(node, isApex, ['records', owner], Object.keys(types)))
    if (hasSuspects(node)) tally.warnings.push(...lintRrsets(node, ['records', owner]))
    memory?.owners.set(owner, { given, types, key, rrsets: isApex ? rrsets.slice(1) : rrsets, share: tally.noted() })
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
    this.tally.addPolicy(policy, path)
    return policy
  }

  private check(path: Path, ...[reference, own, target]: Parameters<CompileContext['check']>): Result<Condition> {
    const { checks = {} } = this.document
    const context = { zone: this.checkZone, named: checks, stale: this.stale, patternSize: this.patternSize }
    const condition = compileCheck(reference, own, target, context)
    if (!condition.ok) return condition
    for (const probe of probesOf(condition.value)) {
      const tooMany = this.tally.addProbe(probe, path)
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
    if (warning !== undefined) this.tally.warnings.push({ path, message: warning })
    return ok(rdata)
  }
}

function withTtl(document: RrsetDocument): { answer: Expression; ttl: TtlDocument | undefined; isWrapped: boolean } {
  if (typeof document === 'object' && 'answer' in document) {
    return { answer: document.answer, ttl: document.ttl, isWrapped: true }
  }
  return { answer: document as Expression, ttl: undefined, isWrapped: false }
}

const withoutDot = (name: string): string => (name === '.' ? name : name.slice(0, -1))
