import type { CheckJudge, PoolShape, ProbeCondition } from '../health/index.ts'
import { MAX_ZONE_HASH_POINTS, MAX_ZONE_SCRIPT_NODES, MAX_ZONE_TARGETS } from '../limits.ts'
import {
  contains,
  isAlternatives,
  type Path,
  type Policy,
  poolShapesOf,
  type Warning,
  zoneBudget,
} from '../policy/index.ts'
import { GeoUsage, type PlacedAnswer } from './geo-usage.ts'
import { Patterns } from './patterns.ts'
import { ProbeBlockers } from './probe-blockers.ts'

/** The share that one name, or the shell of a document, adds to the sums of its zone. */
export type Share = {
  readonly points: number
  readonly nodes: number
  readonly warnings: readonly Warning[]
  readonly probes: readonly (readonly [ProbeCondition, Path])[]
  readonly pools: readonly PoolShape[]
  readonly places: readonly PlacedAnswer[]
  readonly usesHealth: boolean
  readonly asksTargets: boolean
}

/** The sums of a zone while its names are compiled: budgets, checks, warnings, and what its answers depend on. */
export class Tally {
  readonly budget = zoneBudget()
  readonly warnings: Warning[] = []
  readonly conditions = new Map<string, ProbeCondition>()
  readonly pools: PoolShape[] = []
  usesHealth = false
  /** True if queries may ask for checks that the document does not have. */
  asksTargets = false
  readonly patterns: Patterns | undefined
  private readonly places = new GeoUsage()
  private readonly blockers = new ProbeBlockers()
  private noting: Noting | undefined

  /** @param before the patterns of another version of the zone: it has measured some of them */
  constructor(patternSize: CheckJudge['patternSize'], before?: Patterns) {
    this.patterns = patternSize && new Patterns(patternSize, before)
  }

  /** Returns the work that rings and scripts have taken until now, which a document's size does not show. */
  get spent(): number {
    const { points, nodes } = this.budget
    return Math.ceil((MAX_ZONE_HASH_POINTS - points) / POINTS_A_UNIT) + MAX_ZONE_SCRIPT_NODES - nodes
  }

  get usesPlaces(): boolean {
    return this.places.isUsed
  }

  addPolicy(policy: Policy, path: Path): void {
    const asks = contains(policy, (one) => one.kind === 'script' && one.asksTargets)
    this.depends(asks || contains(policy, isAlternatives), asks)
    this.addPools(poolShapesOf(policy))
    const placed = this.places.add(policy, path)
    if (placed) this.noting?.places.push(placed)
  }

  addPools(pools: readonly PoolShape[]): void {
    for (const pool of pools) {
      this.pools.push(pool)
      this.noting?.pools.push(pool)
    }
  }

  /** @param health an answer depends on health @param asks queries may ask for other checks */
  depends(health: boolean, asks = false): void {
    this.usesHealth ||= health
    this.asksTargets ||= asks
    if (!this.noting) return
    this.noting.usesHealth ||= health
    this.noting.asksTargets ||= asks
  }

  /** Adds a target of the rrset at a path. Returns what is wrong if the zone has too many. */
  addProbe(probe: ProbeCondition, path: Path): string | undefined {
    this.noting?.probes.push([probe, path])
    this.conditions.set(`${probe.check} ${probe.probe.id}`, probe)
    if (this.conditions.size > MAX_ZONE_TARGETS) {
      return `the checks of the zone have more than ${MAX_ZONE_TARGETS} targets; expected fewer in one zone`
    }
    this.blockers.add(probe, path)
    return this.patterns?.add(probe)
  }

  /** Warnings that only the whole zone shows. */
  lastWarnings(): Warning[] {
    return [...this.blockers.warnings(), ...this.places.warnings()]
  }

  /** Notes what is added until `noted`. */
  note(): void {
    const { points, nodes } = this.budget
    const warnings = this.warnings.length
    this.noting = { points, nodes, warnings, probes: [], pools: [], places: [], usesHealth: false, asksTargets: false }
  }

  /** Returns what was added since `note`; undefined for nothing, as most names add. */
  noted(): Share | undefined {
    const { noting, budget } = this
    if (!noting) return undefined
    this.noting = undefined
    const [points, nodes] = [noting.points - budget.points, noting.nodes - budget.nodes]
    const warnings = this.warnings.slice(noting.warnings)
    const { probes, pools, places, usesHealth, asksTargets } = noting
    const isAny = warnings.length + probes.length + places.length + points + nodes > 0 || usesHealth || asksTargets
    return isAny ? { points, nodes, warnings, probes, pools, places, usesHealth, asksTargets } : undefined
  }

  /** Adds a share again. Returns false if the zone has too much with it. */
  add({ points, nodes, warnings, probes, pools, places, usesHealth, asksTargets }: Share): boolean {
    this.budget.points -= points
    this.budget.nodes -= nodes
    let isEnough = this.budget.points >= 0 && this.budget.nodes >= 0
    for (const warning of warnings) this.warnings.push(warning)
    for (const [probe, path] of probes) isEnough = this.addProbe(probe, path) === undefined && isEnough
    this.addPools(pools)
    for (const placed of places) this.places.addPlaced(placed)
    this.depends(usesHealth, asksTargets)
    return isEnough
  }
}

type Noting = {
  readonly points: number
  readonly nodes: number
  readonly warnings: number
  readonly probes: (readonly [ProbeCondition, Path])[]
  readonly pools: PoolShape[]
  readonly places: PlacedAnswer[]
  usesHealth: boolean
  asksTargets: boolean
}

/** Points of a hash ring take less time than records. */
const POINTS_A_UNIT = 16
