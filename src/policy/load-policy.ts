import { MAX_DEPTH } from '../limits.ts'
import { Damaged } from '../stored-value.ts'
import type { DatacenterMap } from './datacenter-orders.ts'
import { LOAD } from './kinds/index.ts'
import * as values from './kinds/values.ts'
import type { Kept } from './stored.ts'
import type { Loading, PacingLoader, Stored } from './storing.ts'
import type { Policy, Script } from './types.ts'

/** All that stands around a stored policy. */
type Surroundings = {
  /** The tables beside its JSON. */
  readonly kept: Kept
  /** Returns a map of the zone; undefined if there is none of that name. */
  readonly map?: (name: string) => DatacenterMap | undefined
  /** Loads a script. The code of scripts is not on the path of every query. */
  readonly script?: (stored: Stored, kept: Kept) => Script
  /** Loads what comes back gently, and weights that shift. */
  readonly pacing?: PacingLoader<Policy>
}

/** Loads a policy from the JSON value that `storePolicy` made. Throws on anything else. */
export const loadPolicy = (value: unknown, around: Surroundings): Policy => new PolicyLoader(around).load(value)

/** A path in a document may have this many keys, and each level of a policy takes at least one of them. */
const MAX_LEVELS = 4 * MAX_DEPTH

class PolicyLoader implements Loading<Policy> {
  readonly kept: Kept
  private readonly around: Surroundings
  private level = 0
  private readonly records = new Map<number, Policy>()

  constructor(around: Surroundings) {
    this.around = around
    this.kept = around.kept
  }

  readonly load = (value: unknown): Policy => {
    if (typeof value === 'number') return this.record(value)
    const kind = Array.isArray(value) ? value[0] : undefined
    if (typeof kind !== 'string' || kind === 'values') return values.load(value, this.kept)
    if (this.level >= MAX_LEVELS) throw new Damaged(`at most ${MAX_LEVELS} levels of policies`)
    this.level++
    const policy = kind === 'script' ? this.script(value as Stored) : this.ofKind(kind, value as Stored)
    this.level--
    return policy
  }

  readonly map = (name: string): DatacenterMap => {
    const map = this.around.map?.(name)
    if (!map) throw new Damaged(`a map "${name}" in the zone`)
    return map
  }

  get pacing(): PacingLoader<Policy> {
    const { pacing } = this.around
    if (!pacing) throw new Damaged('the code of pacing, which the head needs')
    return pacing
  }

  /** Members of one record share it: 100,000 networks of a view may lead to a few hundred addresses. */
  private record(number: number): Policy {
    const known = this.records.get(number)
    if (known) return known
    const record = values.load(number, this.kept)
    this.records.set(number, record)
    return record
  }

  private ofKind(kind: string, stored: Stored): Policy {
    if (kind === 'shift') return this.pacing.shift(stored, this)
    if (!Object.hasOwn(LOAD, kind)) throw new Damaged('the name of a kind')
    return LOAD[kind as keyof typeof LOAD](stored, this)
  }

  private script(stored: Stored): Script {
    const { script } = this.around
    if (!script) throw new Error('the policy has a script, and nothing loads scripts; expected a function that does')
    return script(stored, this.kept)
  }
}
