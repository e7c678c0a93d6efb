/** A state that a person sets instead of the measured state. Names are globs: `*` is any text, `?` any character. */
export type Override = {
  readonly check?: string | undefined
  readonly target?: string | undefined
  readonly pool?: string | undefined
  readonly datacenter?: string | undefined
  /** `drained` removes a member from its pool; unlike `down`, it is not answered even if all others are down. */
  readonly force: 'up' | 'down' | 'drained'
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined
  readonly by: string
  readonly why: string
}

/** The subject of an override: a check of a target, a pool, or a datacenter of a pool. */
export type Subject =
  | { readonly check: string; readonly aliases?: readonly string[] | undefined; readonly target: string }
  | { readonly pool: string; readonly datacenter?: string | undefined }

/** Returns the override that counts: the last that names the subject and has not ended. */
export function findOverride(overrides: readonly Override[], subject: Subject, now: number): Override | undefined {
  return overrides.findLast(
    (override) => (override.until ?? Number.POSITIVE_INFINITY) > now && names(override, subject),
  )
}

function names({ check, target, pool, datacenter }: Override, subject: Subject): boolean {
  if ('check' in subject) {
    if (check === undefined && target === undefined) return false
    const named = matches(check, subject.check) || (subject.aliases?.some((alias) => matches(check, alias)) ?? false)
    return named && (matches(target, subject.target) || matches(target, hostOf(subject.target)))
  }
  if (pool === undefined && datacenter === undefined) return false
  if (subject.datacenter === undefined) return datacenter === undefined && matches(pool, subject.pool)
  return datacenter !== undefined && matches(datacenter, subject.datacenter) && matches(pool, subject.pool)
}

/** Returns the target without its port: an override of `192.0.2.1` applies to all its ports. */
function hostOf(target: string): string {
  const host = target.replace(/:\d+$/, '')
  return target.startsWith('[') || !host.includes(':') ? host.replace(/^\[(.*)\]$/, '$1') : target
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
