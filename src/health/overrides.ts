/** A state that a person gives, whatever is measured. Globs: `*` is any text, `?` any character. */
export type Override = {
  readonly check?: string | undefined
  readonly target?: string | undefined
  readonly pool?: string | undefined
  readonly datacenter?: string | undefined
  /** `drained`: takes no part, as if it were not there; unlike `down` it is not given out when all else is down. */
  readonly force: 'up' | 'down' | 'drained'
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined
  readonly by: string
  readonly why: string
}

/** What an override may name: a check of a target, a pool, or a datacenter within a pool. */
export type Subject =
  | { readonly check: string; readonly aliases?: readonly string[] | undefined; readonly target: string }
  | { readonly pool: string; readonly datacenter?: string | undefined }

/** The override that counts: the last that names the subject and has not ended. */
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

/** The target without its port: an override of `192.0.2.1` is of all its ports. */
function hostOf(target: string): string {
  const host = target.replace(/:\d+$/, '')
  return target.startsWith('[') || !host.includes(':') ? host.replace(/^\[(.*)\]$/, '$1') : target
}

/** Without a glob everything matches. */
const matches = (glob: string | undefined, text: string): boolean =>
  glob === undefined || isMatch(glob.toLowerCase(), text.toLowerCase())

/** Goes back to the last star only: the time grows with the product of the lengths, whatever the glob. */
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
