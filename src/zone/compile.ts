import {
  formatName,
  isSubdomain,
  type Name,
  type NameKey,
  parentKey,
  parseName,
  parseRdataText,
  parseType,
  type Rdata,
  splitFields,
  storableType,
  suspectRdata,
  TYPE,
  typeName,
  WILDCARD_LABEL,
} from '../dns/index.ts'
import { type Condition, compileCheck, type ProbeCondition, probesOf, type StalePolicy } from '../health/index.ts'
import { DEFAULT_STALE_SECONDS, MAX_RRSET_BYTES } from '../limits.ts'
import {
  type CompileContext,
  compile,
  compileCode,
  compileMap,
  type DatacenterMap,
  type Expression,
  hasScript,
  type Issue,
  membersOf,
  type Path,
  type Policy,
  recordsOf,
  type ScriptCode,
} from '../policy/index.ts'
import { err, ok, type Result, unreachable } from '../result.ts'
import { parseDocument, type RrsetDocument, type TtlDocument, type ZoneDocument } from './document.ts'
import { probeTarget } from './probe-target.ts'
import { Unrunnable } from './unrunnable.ts'
import type { PolicyRrset, Zone, ZoneNode } from './zone.ts'

export type CompiledZone = {
  readonly zone: Zone
  readonly document: ZoneDocument
  /** What is lawful but most likely not meant. */
  readonly warnings: readonly Issue[]
}

/** A stored document made ready for queries, or all that is wrong with it. Never a part of it. */
export function compileZone(input: unknown): Result<CompiledZone, readonly Issue[]> {
  const parsed = parseDocument(input)
  if (!parsed.ok) return parsed
  const document = parsed.value
  if (document.origin === '')
    return err([
      { path: ['origin'], message: 'the origin is empty; expected a name like example.com, or "." for the root' },
    ])
  const origin = parseName(document.origin.endsWith('.') ? document.origin : `${document.origin}.`)
  if (!origin.ok) return err([{ path: ['origin'], message: origin.error }])
  const compiler = new ZoneCompiler(document, origin.value)
  const zone = compiler.compile()
  return compiler.issues.length > 0 ? err(compiler.issues) : ok({ zone, document, warnings: compiler.warnings })
}

type Draft = {
  readonly key: NameKey
  /** As the document spells it; a name that only lies between others has none. */
  owner: string | undefined
  rrsets: PolicyRrset[]
  cut: ZoneNode | undefined
  dname: ZoneNode | undefined
  wildcard: ZoneNode | undefined
}

class ZoneCompiler {
  readonly issues: Issue[] = []
  readonly warnings: Issue[] = []
  private readonly nodes = new Map<NameKey, Draft>()
  private readonly conditions = new Map<string, ProbeCondition>()
  private readonly unrunnable = new Unrunnable()
  private readonly scripts = new Map<string, ScriptCode[]>()
  private usesHealth = false
  /** The rrsets whose answers places decide. */
  private readonly places: Path[] = []
  private maps: ReadonlyMap<string, DatacenterMap> = new Map()
  private readonly dnames = new Set<Draft>()
  private readonly document: ZoneDocument
  private readonly origin: Name

  constructor(document: ZoneDocument, origin: Name) {
    this.document = document
    this.origin = origin
  }

  compile(): Zone {
    const soa = this.soa()
    this.node(this.origin.key).rrsets.push(soa)
    this.maps = this.compileMaps()
    this.includedScripts()
    for (const [owner, types] of Object.entries(this.document.records)) this.owner(owner, types)
    this.markCuts()
    this.markRedirects()
    this.warnings.push(...this.unrunnable.warnings(), ...placeWarnings(this.places))
    if (!this.nodes.get(this.origin.key)?.rrsets.some((rrset) => rrset.type === TYPE.NS)) {
      this.warnings.push({
        path: ['records'],
        message: 'the zone has no NS records at its origin; expected at least one',
      })
    }
    const ttl = Math.min(soa.ttl, this.document.soa.minimum)
    const rdatas = soa.policy.kind === 'values' ? soa.policy.rdatas : []
    return {
      origin: this.origin,
      serial: this.document.soa.serial,
      negative: { owner: this.origin, type: TYPE.SOA, ttl, rdatas },
      nodes: this.nodes,
      conditions: [...this.conditions.values()],
      usesHealth: this.usesHealth,
      usesPlaces: this.places.length > 0,
    }
  }

  /** The code that scripts include, which may include each other. */
  private includedScripts(): void {
    const entries = Object.entries(this.document.scripts ?? {})
    for (const [name] of entries) this.scripts.set(name, [])
    for (const [name, scripts] of entries) {
      scripts.forEach((script, i) => {
        const path = ['scripts', name, i]
        const context = this.context(path, this.origin, TYPE.LUA, `${withoutDot(name)}/LUA`)
        const code = compileCode(script, path, context, compile, `${name}/${i + 1}/`)
        if (!code) return
        this.scripts.get(name)?.push(code)
        this.usesHealth ||= code.parts.some(({ policy }) => hasAlternatives(policy))
      })
    }
  }

  /** What compiling an answer needs. `owner` is how overrides call it. */
  private context(path: Path, name: Name, type: number, owner: string): CompileContext {
    return {
      rdata: (text) => this.rdata(type, text),
      owner,
      check: (...check) => this.check(path, ...check),
      target: (rdata) => probeTarget(type, rdata, name.key),
      maps: this.maps,
      record: { type, zone: this.origin, owner: name },
      included: (included) => this.scripts.get(included),
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
    const node = this.node(key)
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
    this.checkTogether(node, path, Object.keys(types))
    this.checkMeaning(node, path)
  }

  private rrset(node: Draft, owner: Name, path: Path, typeText: string, document: RrsetDocument): void {
    const refuse = (message: string): void => void this.issues.push({ path, message })
    const type = parseType(typeText)
    if (!type.ok) return refuse(type.error)
    const storable = storableType(type.value)
    if (!storable.ok) return refuse(storable.error)
    if (type.value === TYPE.SOA) return refuse('the SOA stands in the field "soa"; expected no other')
    if (type.value === TYPE.NS && node.key.startsWith(WILDCARD_LABEL)) {
      return refuse('NS at a wildcard delegates nothing (RFC 4592 §4.2); expected a name without *')
    }
    if (type.value === TYPE.DS && node.key === this.origin.key) {
      return refuse('DS at the origin of the zone; expected it in the parent zone (RFC 4035 §2.4)')
    }
    if (node.rrsets.some((rrset) => rrset.type === type.value)) {
      return refuse(`${typeName(type.value)} is listed twice, in two spellings; expected each type once`)
    }
    const { answer, ttl, answerPath } = withTtl(document, path)
    const before = this.issues.length
    const name = `${withoutDot(formatName(node.key))}/${typeName(type.value)}`
    const policy = compile(answer, answerPath, this.context(path, owner, type.value, name))
    if (this.issues.length > before) return
    const bytes = most(policy, size)
    if (bytes > MAX_RRSET_BYTES) {
      return refuse(
        `an answer may have ${bytes} octets of data; expected at most ${MAX_RRSET_BYTES}, to fit a DNS message`,
      )
    }
    // What a script gives is known when it has run: its records are counted then.
    const scripted = hasScript(policy)
    if (type.value === TYPE.NS && scripted && node.key !== this.origin.key) {
      return refuse('a script delegates nothing, since a delegation has to be known ahead; expected names of servers')
    }
    if (type.value === TYPE.NS && !scripted && most(policy, (rdatas) => rdatas.length) === 0) {
      return refuse('NS without a name server delegates to nobody; expected at least one')
    }
    const targets = most(policy, (rdatas) => rdatas.length)
    if (type.value === TYPE.DNAME && (policy.kind !== 'values' || targets !== 1)) {
      return refuse('a DNAME leads everybody to one name; expected one, and choices where it leads to')
    }
    if (type.value === TYPE.ALIAS && scripted) {
      return refuse('a script gives no ALIAS; expected a name, or a choice among names')
    }
    if ((type.value === TYPE.CNAME || type.value === TYPE.ALIAS) && !scripted && targets !== 1) {
      const what = type.value === TYPE.CNAME ? 'a CNAME' : 'an ALIAS'
      return refuse(
        `${what} has one target, an answer here may have ${targets}; expected one, or a choice like "random"`,
      )
    }
    this.usesHealth ||= hasAlternatives(policy)
    if (hasPlaces(policy)) this.places.push(path)
    node.rrsets.push({ type: type.value, ...ttlOf(ttl ?? this.document.ttl), policy })
  }

  private check(path: Path, ...[reference, own, target]: Parameters<CompileContext['check']>): Result<Condition> {
    const { checks = {}, health = {} } = this.document
    const stale: StalePolicy = { after: health.staleAfter ?? DEFAULT_STALE_SECONDS, policy: health.whenStale ?? 'keep' }
    const zone = withoutDot(formatName(this.origin))
    const condition = compileCheck(reference, own, target, { zone, named: checks, stale })
    if (!condition.ok) return condition
    for (const probe of probesOf(condition.value)) {
      this.conditions.set(`${probe.check} ${probe.probe.id}`, probe)
      this.unrunnable.add(probe, path)
    }
    return condition
  }

  private compileMaps(): ReadonlyMap<string, DatacenterMap> {
    const maps = Object.entries(this.document.maps ?? {})
    return new Map(maps.map(([name, map]) => [name, compileMap(name, map, ['maps', name], this.issues)]))
  }

  private rdata(type: number, text: string): Result<Rdata> {
    if (type === TYPE.TXT) {
      const fields = splitFields(text)
      if (fields.ok && fields.value.length > 1 && fields.value.some((field) => !field.quoted)) {
        return err(`the text "${text}" has spaces outside quotes; expected it in quotes: "\\"${text}\\"" in JSON`)
      }
    }
    const rdata = parseRdataText(type, text, this.origin)
    return rdata.ok ? rdata : err(rdata.error.message)
  }

  /** RFC 1034 §3.6.2: a CNAME stands alone. */
  private checkTogether(node: Draft, path: Path, types: readonly string[]): void {
    const alias = node.rrsets.find((rrset) => rrset.type === TYPE.CNAME)
    // A script may give no CNAME: then the others are asked.
    if (!alias || node.rrsets.length === 1 || hasScript(alias.policy)) return
    const others = node.rrsets.filter((rrset) => rrset.type !== TYPE.CNAME).map((rrset) => typeName(rrset.type))
    const type = types.find((text) => text.toUpperCase() === 'CNAME' || text.toUpperCase() === 'TYPE5') ?? 'CNAME'
    const message = `CNAME beside ${others.join(', ')} at ${formatName(node.key)}; expected the CNAME alone (RFC 1034 §3.6.2)`
    this.issues.push({ path: [...path, type], message })
  }

  /** What is lawful by itself, and most likely not meant; and a DNAME at a delegation. */
  private checkMeaning(node: Draft, path: Path): void {
    const has = (type: number): boolean => node.rrsets.some((rrset) => rrset.type === type)
    for (const { type, policy } of node.rrsets) {
      if (!MEANINGFUL.has(type)) continue
      const at = [...path, typeName(type)]
      const warn = (message: string): void => void this.warnings.push({ path: at, message })
      if (type === TYPE.DNAME) {
        this.dnames.add(node)
        const name = formatName(node.key)
        if (has(TYPE.NS) && node.key !== this.origin.key) {
          const why = 'as a delegation answers nothing (RFC 6672 §2.3)'
          this.issues.push({ path: at, message: `DNAME beside NS at ${name}; expected one of them, ${why}` })
        }
        if (!node.key.startsWith(WILDCARD_LABEL)) continue
        warn(`DNAME at ${name} redirects names below "*" alone; expected a name without * (RFC 6672 §3.3)`)
      } else if (type === TYPE.DS) {
        if (has(TYPE.NS)) continue
        warn(`DS at ${formatName(node.key)}, which is no delegation; expected NS beside it (RFC 4035 §2.4)`)
      } else {
        for (const rdata of recordsOf(policy)) {
          const why = suspectRdata(type, rdata)
          if (why !== undefined) warn(why)
        }
      }
    }
  }

  /** The node for a name, and for every name between it and the origin. */
  private node(key: NameKey): Draft {
    const existing = this.nodes.get(key)
    if (existing) return existing
    const draft: Draft = { key, owner: undefined, rrsets: [], cut: undefined, dname: undefined, wildcard: undefined }
    this.nodes.set(key, draft)
    if (key !== this.origin.key) {
      const parent = this.node(parentKey(key))
      if (key.startsWith(WILDCARD_LABEL)) parent.wildcard = draft
    }
    return draft
  }

  private markCuts(): void {
    const cutOf = (node: Draft): ZoneNode | undefined => {
      if (node.key === this.origin.key) return undefined
      const above = cutOf(this.nodes.get(parentKey(node.key)) as Draft)
      return above ?? (node.rrsets.some((rrset) => rrset.type === TYPE.NS) ? node : undefined)
    }
    for (const node of this.nodes.values()) {
      // An array that grew keeps room for more; a large zone has many.
      node.rrsets = node.rrsets.slice()
      node.cut = cutOf(node)
      if (!node.cut || node.cut === node) continue
      if (node.rrsets.some((rrset) => rrset.type !== TYPE.A && rrset.type !== TYPE.AAAA)) {
        const message = `${formatName(node.key)} is below the delegation ${formatName(node.cut.key)}; its data is never answered`
        this.warnings.push({ path: ['records', node.owner ?? ''], message })
      }
    }
  }

  /** RFC 6672 §2.4: nothing is found below a DNAME. Of it and a delegation the one nearer to the origin counts. */
  private markRedirects(): void {
    const owners = this.dnames
    if (owners.size === 0) return
    const dnameOf = (node: Draft): ZoneNode | undefined => {
      const parent = node.key === this.origin.key ? undefined : this.nodes.get(parentKey(node.key))
      return (parent && dnameOf(parent)) ?? (owners.has(node) ? node : undefined)
    }
    for (const node of this.nodes.values()) {
      const dname = dnameOf(node)
      if (!dname || (node.cut && node.cut.key.length <= dname.key.length)) continue
      node.dname = dname
      node.cut = undefined
      if (node === dname || node.rrsets.length === 0) continue
      const message = `${formatName(node.key)} is below the DNAME ${formatName(dname.key)}; its data is never answered`
      this.warnings.push({ path: ['records', node.owner ?? ''], message })
    }
  }
}

/** Types whose records may be lawful and mean nothing where they are. */
const MEANINGFUL: ReadonlySet<number> = new Set([TYPE.DNAME, TYPE.DS, TYPE.SVCB, TYPE.HTTPS, TYPE.NAPTR])

function withTtl(
  document: RrsetDocument,
  path: Path,
): { answer: Expression; ttl: TtlDocument | undefined; answerPath: Path } {
  if (typeof document === 'object' && 'answer' in document) {
    return { answer: document.answer, ttl: document.ttl, answerPath: [...path, 'answer'] }
  }
  return { answer: document as Expression, ttl: undefined, answerPath: path }
}

function hasAlternatives(policy: Policy): boolean {
  if (policy.kind === 'pool' || policy.kind === 'failover' || policy.kind === 'datacenters') return true
  return membersOf(policy).some(hasAlternatives)
}

/** Whether where the client is decides anything. */
function hasPlaces(policy: Policy): boolean {
  if (policy.kind === 'geo' || policy.kind === 'datacenters' || (policy.kind === 'pool' && policy.nearest)) return true
  if (policy.kind === 'script' && policy.code.usesPlaces) return true
  return membersOf(policy).some(hasPlaces)
}

/** Said once a zone: whether a database was put is not the zone's to know. */
function placeWarnings([first, ...others]: readonly Path[]): Issue[] {
  if (!first) return []
  const more = others.length > 0 ? ` (and ${others.length} more)` : ''
  const message = `the answer goes by place${more}: a Client Subnet is placed by a database that you supply; put it with "npx edge-gslb geo put FILE.mmdb", without it such clients get what is for unknown places`
  return [{ path: first, message }]
}

const ttlOf = (ttl: TtlDocument): { ttl: number; leastTtl?: number } =>
  typeof ttl === 'number' ? { ttl } : { ttl: ttl[1], leastTtl: ttl[0] }

const withoutDot = (name: string): string => (name === '.' ? name : name.slice(0, -1))

/** The most that an answer can have of what `count` counts. */
function most(policy: Policy, count: (rdatas: readonly Rdata[]) => number): number {
  switch (policy.kind) {
    case 'values':
      return count(policy.rdatas)
    case 'fail':
    // What it gives is counted when it has run.
    case 'script':
      return 0
    case 'pool': {
      const counts = policy.members.slice(0, policy.parts.length).map((member) => most(member, count))
      const instead = policy.members.slice(policy.parts.length).map((member) => most(member, count))
      return Math.max(largest(counts, chosenOf(policy)), ...instead)
    }
    case 'failover':
    case 'datacenters': {
      const counts = policy.members.map((member) => most(member, count))
      return largest(counts, policy.whenDown === 'all' ? counts.length : 1)
    }
    case 'all':
    case 'multi':
    case 'random':
    case 'weighted': {
      const counts = policy.members.map((member) => most(member, count))
      return largest(counts, 'count' in policy ? policy.count : counts.length)
    }
    case 'hashed':
    case 'weighted-hashed':
    case 'name-hashed':
    case 'consistent-hashed':
    case 'view':
    case 'networks':
    case 'geo':
      return Math.max(...policy.members.map((member) => most(member, count)))
    default:
      return unreachable(policy)
  }
}

/** How many members a pool may answer with. */
function chosenOf({ select, count, parts }: Extract<Policy, { kind: 'pool' }>): number {
  switch (select) {
    case 'weighted-multi':
    case 'grouped':
    case 'grouped-multi':
      return parts.length
    case 'hashed':
    case 'weighted-hashed':
    case 'consistent-hashed':
      return 1
    default:
      return count
  }
}

/** The sum of the `chosen` largest. */
function largest(counts: readonly number[], chosen: number): number {
  const sorted = [...counts].sort((a, b) => b - a)
  return sorted.slice(0, chosen).reduce((sum, number) => sum + number, 0)
}

/** Octets of RDATA and record headers. */
const size = (rdatas: readonly Rdata[]): number => rdatas.reduce((sum, rdata) => sum + rdata.bytes.length + 12, 0)
