/** A route of Hono: `/api/v1/zones/:zone`. */
type Route = { readonly method: string; readonly path: string }

/** Returns a function that tells the methods of a path, in the order of their routes; empty if it has none. */
export function methodsOf(routes: readonly Route[]): (path: string) => readonly string[] {
  const patterns = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>()
  for (const { method, path } of routes) {
    // Middleware and preflights stand at all paths.
    if (method === 'ALL' || method === 'OPTIONS') continue
    const known = patterns.get(path) ?? { pattern: patternOf(path), methods: new Set() }
    known.methods.add(method)
    if (method === 'GET') known.methods.add('HEAD')
    patterns.set(path, known)
  }
  return (path) => [
    ...new Set([...patterns.values()].flatMap(({ pattern, methods }) => (pattern.test(path) ? [...methods] : []))),
  ]
}

/** Translates Hono's `:name`, `:name{expression}` and `*`. */
function patternOf(path: string): RegExp {
  const source = path.replace(/:\w+\{([^{}]*)\}|:\w+|\*|[.+?^${}()|[\]\\]/g, (found, expression?: string) => {
    if (expression !== undefined) return `(?:${expression})`
    if (found === '*') return '.*'
    return found.startsWith(':') ? '[^/]+' : `\\${found}`
  })
  return new RegExp(`^${source}$`)
}
