import type { LiveOverride, Subject } from './overrides.ts'

/**
 * The overrides of a list by what they name. An override is looked at for a subject only if the subject has the longest
 * text without a wildcard of one of its globs: of thousands of targets and overrides few come together.
 */
export class OverrideIndex {
  private readonly overrides: readonly LiveOverride[]
  /** For each override the number of the first that has the same globs. */
  private readonly alike: readonly number[]
  private readonly targets = new Globs()
  private readonly checks = new Globs()
  private readonly pools = new Globs()
  private readonly datacenters = new Globs()

  constructor(overrides: readonly LiveOverride[]) {
    this.overrides = overrides
    const first = new Map<string, number>()
    this.alike = overrides.map(({ check, target, pool, datacenter }, i) => {
      const globs = JSON.stringify([check, target, pool, datacenter])
      const number = first.get(globs) ?? i
      first.set(globs, number)
      return number
    })
    for (const [i, { check, target, pool, datacenter }] of overrides.entries()) {
      this.add([target, this.targets], [check, this.checks], i)
      // A subject with a datacenter has the pool too; one without is never named by a datacenter.
      if (datacenter === undefined) this.add([pool, this.pools], [undefined, this.datacenters], i)
      else this.add([datacenter, this.datacenters], [pool, this.pools], i)
    }
  }

  /** Adds an override by that of two globs which fewer subjects match, as far as the length of their text tells. */
  private add(
    [a, ofA]: [glob: string | undefined, Globs],
    [b, ofB]: [glob: string | undefined, Globs],
    i: number,
  ): void {
    if (a !== undefined && (b === undefined || !hasWildcard(a) || literalOf(a).length >= literalOf(b).length))
      ofA.add(a, i)
    else if (b !== undefined) ofB.add(b, i)
  }

  /** Returns those that name a subject, in the order of the list. */
  among(subject: Subject): readonly LiveOverride[] {
    const found = new Set<number>()
    if ('check' in subject) {
      const { check, aliases = [], target } = subject
      for (const name of [target, hostOf(target)]) this.targets.find(name, found)
      for (const name of [check, ...aliases]) this.checks.find(name, found)
    } else {
      const { pool, datacenter } = subject
      this.pools.find(pool, found)
      if (datacenter !== undefined) this.datacenters.find(datacenter, found)
    }
    const isNamed = new Map<number, boolean>()
    const naming: LiveOverride[] = []
    for (const i of [...found].sort((a, b) => a - b)) {
      const override = this.overrides[i] as LiveOverride
      const alike = this.alike[i] as number
      const named = isNamed.get(alike) ?? override.names(subject)
      isNamed.set(alike, named)
      if (named) naming.push(override)
    }
    return naming
  }
}

/** Returns the target without its port: an override of `192.0.2.1` applies to all its ports. */
export function hostOf(target: string): string {
  const host = target.replace(/:\d+$/, '')
  return target.startsWith('[') || !host.includes(':') ? host.replace(/^\[(.*)\]$/, '$1') : target
}

const hasWildcard = (glob: string): boolean => /[*?]/.test(glob)

/** Returns the longest text without a wildcard. */
const literalOf = (glob: string): string =>
  glob.split(/[*?]/).reduce((longest, text) => (text.length > longest.length ? text : longest), '')

/** The numbers of some globs, by the text that each match has, in any case. */
class Globs {
  private readonly exact = new Map<string, number[]>()
  /** By the length of the text, and by it. */
  private readonly literals = new Map<number, Map<string, number[]>>()
  /** The globs that are wildcards alone. */
  private readonly others: number[] = []

  add(glob: string, number: number): void {
    const text = glob.toLowerCase()
    if (!hasWildcard(text)) return addTo(this.exact, text, number)
    const literal = literalOf(text)
    if (literal === '') {
      this.others.push(number)
      return
    }
    const alike = this.literals.get(literal.length) ?? new Map<string, number[]>()
    this.literals.set(literal.length, alike)
    addTo(alike, literal, number)
  }

  /** Adds the numbers of all globs that may match a text. */
  find(name: string, found: Set<number>): void {
    const text = name.toLowerCase()
    const take = (numbers: readonly number[] | undefined): void => {
      if (numbers) for (const number of numbers) found.add(number)
    }
    take(this.exact.get(text))
    for (const [length, numbers] of this.literals) {
      for (let at = 0; at + length <= text.length; at++) take(numbers.get(text.slice(at, at + length)))
    }
    take(this.others)
  }
}

function addTo(numbers: Map<string, number[]>, text: string, number: number): void {
  const same = numbers.get(text)
  if (same) same.push(number)
  else numbers.set(text, [number])
}
