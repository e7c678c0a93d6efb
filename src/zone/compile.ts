import {
  cutString,
  formatName,
  isSubdomain,
  type Name,
  parseName,
  parseRdata,
  parseRdataText,
  parseType,
  type Rdata,
  splitFields,
  storableType,
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
import { DEFAULT_STALE_SECONDS, MAX_ZONE_TARGETS } from '../limits.ts'
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
  type Warning,
  zoneBudget,
} from '../policy/index.ts'
import { AskedPools, compileCode, compileScript, type HealthCalls, type ScriptCode } from '../powerdns/index.ts'
import { err, ok, type Result } from '../result.ts'
import { parseDocument, type RrsetDocument, type TtlDocument, type ZoneDocument } from './document.ts'
import { GeoUsage } from './geo-usage.ts'
import { type Draft, NameTree } from './name-tree.ts'
import { NodeMap } from './names.ts'
import { Patterns } from './patterns.ts'
import { ProbeBlockers } from './probe-blockers.ts'
import { probeTarget } from './probe-target.ts'
import { answerError, conflicts, lintRrsets, placementError } from './validate.ts'
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

/** Makes a stored document ready for queries, or returns all that is wrong with it. Never takes a part of it. */
export function compileZone(input: unknown, aids: CompileAids = {}): Result<CompiledZone, readonly Issue[]> {
  const parsed = parseDocument(input, aids)
  if (!parsed.ok) return parsed
  const document = parsed.value
  if (document.origin === '')
    return err([
      { path: ['origin'], message: 'the origin is empty; expected a name like example.com, or "." for the root' },
    ])
  const origin = parseName(document.origin.endsWith('.') ? document.origin : `${document.origin}.`)
  if (!origin.ok) return err([{ path: ['origin'], message: origin.error }])
  const compiler = new ZoneCompiler(document, origin.value, aids)
  const zone = compiler.compile()
  return compiler.issues.length > 0 ? err(compiler.issues) : ok({ zone, document, warnings: compiler.warnings })
}

class ZoneCompiler {
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
  private readonly document: ZoneDocument
  private readonly origin: Name
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
  }

  compile(): LocalZone {
    const soa = this.soa()
    this.tree.node(this.origin.key).rrsets.push(soa)
    this.maps = this.compileMaps()
    this.includedScripts()
    for (const [owner, types] of Object.entries(this.document.records)) this.owner(owner, types)
    this.warnings.push(...this.tree.mark(), ...this.probeBlockers.warnings(), ...this.places.warnings())
    if (!this.tree.node(this.origin.key).rrsets.some((rrset) => rrset.type === TYPE.NS)) {
      this.warnings.push({
        path: ['records'],
        message: 'the zone has no NS records at its origin; expected at least one',
      })
    }
    const ttl = Math.min(soa.ttl, this.document.soa.minimum)
    const clientSubnet = this.clientSubnet()
    const rdatas = soa.policy.kind === 'values' ? soa.policy.rdatas : []
    return {
      origin: this.origin,
      serial: this.document.soa.serial,
      negative: { owner: this.origin, type: TYPE.SOA, ttl, rdatas },
      names: new NodeMap(this.tree.nodes),
      conditions: [...this.conditions.values()],
      stale: this.stale,
      asksTargets: this.asksTargets,
      usesHealth: this.usesHealth,
      usesPlaces: this.places.isUsed,
      ...(clientSubnet && { clientSubnet }),
    }
  }

  private clientSubnet(): SubnetTrust | undefined {
    const { clientSubnet } = this.document
    if (clientSubnet === undefined) return undefined
    const trust = parseSubnetTrust(typeof clientSubnet === 'string' ? [clientSubnet] : clientSubnet)
    if (trust.ok) return trust.value
    this.issues.push({ path: ['clientSubnet'], message: trust.error })
    return undefined
  }

  private readonly included = (name: string): readonly ScriptCode[] | undefined => this.scripts.get(name)

  /** The code that scripts include, which may include each other. */
  private includedScripts(): void {
    const entries = Object.entries(this.document.scripts ?? {})
    for (const [name] of entries) this.scripts.set(name, [])
    for (const [name, scripts] of entries) {
      scripts.forEach((script, i) => {
        const path = ['scripts', name, i]
        const context = this.context(path, this.origin, TYPE.LUA, `${withoutDot(name)}/LUA`)
        const code = compileCode(script, path, context, this.included, `${name}/${i + 1}/`)
        if (!code) return
        this.scripts.get(name)?.push(code)
        this.usesHealth ||= code.parts.some(({ policy }) => hasAlternatives(policy))
      })
    }
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

  private soa(): PolicyRrset {
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

  private owner(owner: string, types: Readonly<Record<string, RrsetDocument>>): void {
    const path = ['records', owner]
    const name = parseName(owner, this.origin)
    if (!name.ok) {
      this.issues.push({ path, message: name.error })
      return
    }
    const { key } = name.value
    if (!isSubdomain(key, this.origin.key)) {
      const zone = formatName(this.origin)
      this.issues.push({
        path,
        message: `${formatName(key)} is outside the zone ${zone}; expected a name that ends with ${zone}`,
      })
      return
    }
    const node = this.tree.node(key)
    const before = node.rrsets.length
    const isApex = key === this.origin.key
    if (before > (isApex ? 1 : 0)) {
      this.issues.push({
        path,
        message: `${formatName(key)} is listed twice, in two spellings; expected each name once`,
      })
      return
    }
    node.owner = owner
    for (const [type, rrset] of Object.entries(types)) this.rrset(node, name.value, [...path, type], type, rrset)
    this.issues.push(...conflicts(node, isApex, path, Object.keys(types)))
    this.warnings.push(...lintRrsets(node, path))
  }

  private rrset(node: Draft, owner: Name, path: Path, typeText: string, document: RrsetDocument): void {
    const refuse = (message: string): void => void this.issues.push({ path, message })
    const type = parseType(typeText)
    if (!type.ok) return refuse(type.error)
    const storable = storableType(type.value)
    if (!storable.ok) return refuse(storable.error)
    const misplaced = placementError(type.value, node.key, this.origin.key)
    if (misplaced !== undefined) return refuse(misplaced)
    if (node.rrsets.some((rrset) => rrset.type === type.value)) {
      return refuse(`${typeName(type.value)} is listed twice, in two spellings; expected each type once`)
    }
    const { answer, ttl, answerPath } = withTtl(document, path)
    const before = this.issues.length
    const name = `${withoutDot(formatName(node.key))}/${typeName(type.value)}`
    const policy = compile(answer, answerPath, this.context(path, owner, type.value, name))
    if (this.issues.length > before) return
    const wrong = answerError(type.value, policy, node.key === this.origin.key)
    if (wrong !== undefined) return refuse(wrong)
    this.asksTargets ||= asksTargets(policy)
    this.usesHealth ||= this.asksTargets || hasAlternatives(policy)
    this.places.add(policy, path)
    node.rrsets.push({ type: type.value, ...ttlOf(ttl ?? this.document.ttl), policy })
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
    const fields = splitFields(text)
    if (!fields.ok) return fields
    if (type === TYPE.TXT && fields.value.length > 1 && fields.value.some((field) => !field.quoted)) {
      return err(`the text "${text}" has spaces outside quotes; expected it in quotes: "\\"${text}\\"" in JSON`)
    }
    const rdata = parseRdata(type, fields.value, this.origin)
    if (!rdata.ok) return err(rdata.error.message)
    const cut = cutString(type, fields.value)
    if (cut) this.warnings.push({ path, message: cut.message })
    return ok(rdata.value)
  }
}

function withTtl(
  document: RrsetDocument,
  path: Path,
): { answer: Expression; ttl: TtlDocument | undefined; answerPath: Path } {
  if (typeof document === 'object' && 'answer' in document) {
    return { answer: document.answer, ttl: document.ttl, answerPath: [...path, 'answer'] }
  }
  return { answer: document as Expression, ttl: undefined, answerPath: path }
}

const hasAlternatives = (policy: Policy): boolean => contains(policy, isAlternatives)

/** True if queries may ask for checks that the document does not have. */
const asksTargets = (policy: Policy): boolean => contains(policy, (one) => one.kind === 'script' && one.asksTargets)

const ttlOf = (ttl: TtlDocument): { ttl: number; minTtl?: number } =>
  typeof ttl === 'number' ? { ttl } : { ttl: ttl[1], minTtl: ttl[0] }

const withoutDot = (name: string): string => (name === '.' ? name : name.slice(0, -1))
