import { hostOf, OverrideIndex } from './override-index.ts'
import type { LiveOverride, Override, Subject } from './overrides.ts'
import { windowAt } from './recurring.ts'

/** Returns overrides that can be looked into. */
export const liveOverrides = (overrides: readonly Override[]): readonly LiveOverride[] =>
  overrides.map((override) => new Live(override) as unknown as LiveOverride)

/** The indexes of lists, each made when it is first looked into. */
const indexes = new WeakMap<readonly LiveOverride[], OverrideIndex>()

/** The fields of the override are its own: a copy is the override as data. */
class Live {
  /** The state since the time that was asked for, until it changes: every target asks, each second. */
  #known: { readonly now: number; readonly state: ReturnType<LiveOverride['at']> } | undefined
  readonly #override: Override

  constructor(override: Override) {
    Object.assign(this, override)
    this.#override = override
  }

  names(subject: Subject): boolean {
    return isNamed(this.#override, subject)
  }

  among(overrides: readonly LiveOverride[], subject: Subject): readonly LiveOverride[] {
    const index = indexes.get(overrides) ?? new OverrideIndex(overrides)
    indexes.set(overrides, index)
    return index.among(subject)
  }

  at(now: number): ReturnType<LiveOverride['at']> {
    const known = this.#known
    if (known && known.now <= now && now < known.state.changesAt) return known.state
    const state = stateAt(this.#override, now)
    this.#known = { now, state }
    return state
  }
}

const NEVER = Number.POSITIVE_INFINITY

function stateAt(
  { from = Number.NEGATIVE_INFINITY, until = NEVER, every }: Override,
  now: number,
): ReturnType<LiveOverride['at']> {
  if (now >= until) return { isActive: false, changesAt: NEVER }
  if (!every) return now < from ? { isActive: false, changesAt: from } : { isActive: true, changesAt: until }
  const window = windowAt(every, Math.max(now, from))
  const opens = Math.max(from, window.start)
  if (opens <= now) return { isActive: true, changesAt: Math.min(until, window.end) }
  return { isActive: false, changesAt: opens < until ? opens : NEVER }
}

/** Returns the override of a state that counts: the last that is active and names the subject. */
export const findOverride = (overrides: readonly Override[], subject: Subject, now: number): Override | undefined =>
  liveOverrides(overrides).findLast((override) => override.at(now).isActive && override.names(subject))

function isNamed({ check, target, pool, datacenter }: Override, subject: Subject): boolean {
  if ('check' in subject) {
    if (check === undefined && target === undefined) return false
    const named = matches(check, subject.check) || (subject.aliases?.some((alias) => matches(check, alias)) ?? false)
    return named && (matches(target, subject.target) || matches(target, hostOf(subject.target)))
  }
  if (pool === undefined && datacenter === undefined) return false
  if (subject.datacenter === undefined) return datacenter === undefined && matches(pool, subject.pool)
  return datacenter !== undefined && matches(datacenter, subject.datacenter) && matches(pool, subject.pool)
}

/** Matches a glob in any case. Without a glob every text matches. */
const matches = (glob: string | undefined, text: string): boolean =>
  glob === undefined || isMatch(glob.toLowerCase(), text.toLowerCase())

/** Backtracks to the last star only, so that the time is at most the product of the lengths. */
function isMatch(glob: string, text: string): boolean {
  let g = 0
  let star = -1
  let resumed = 0
  for (let t = 0; t < text.length; ) {
    if (glob[g] === '*') {
      star = g++
      resumed = t
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      g++
      t++
    } else if (star >= 0) {
      g = star + 1
      t = ++resumed
    } else return false
  }
  while (glob[g] === '*') g++
  return g === glob.length
}
