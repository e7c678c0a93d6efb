import { formatName, parseName } from '../dns/index.ts'
import { MAX_SCOPE_CHARS, MAX_SCOPES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { Scope } from './key.ts'

/** The scopes without a name, as texts. */
const PLAIN = ['everything', 'read', 'health', 'resolve', 'pdns'] as const
const NAMED = ['zone', 'name', 'suffix', 'acme'] as const

const EXPECTED =
  'expected everything, read, health, resolve, pdns, zone:example.com, name:www.example.com, suffix:dev.example.com or acme:www.example.com'

/** Parses a scope: `read`, or `zone:example.com`. The final dot of the name may be missing. */
export function parseScope(text: string): Result<Scope> {
  if (text.length > MAX_SCOPE_CHARS) return err(`a scope has ${text.length} characters; ${EXPECTED}`)
  const plain = PLAIN.find((kind) => kind === text)
  if (plain) return ok({ kind: plain })
  const colon = text.indexOf(':')
  const kind = NAMED.find((one) => one === text.slice(0, colon))
  if (!kind) return err(`"${text}" is not a scope; ${EXPECTED}`)
  const written = text.slice(colon + 1)
  // An empty variable of a script must not become the root.
  if (written === '') return err(`the scope "${text}" has no name; expected one like ${kind}:www.example.com`)
  const name = parseName(written.endsWith('.') ? written : `${written}.`)
  if (!name.ok) return err(`the scope "${text}" has no valid name: ${name.error}`)
  const formatted = formatName(name.value.key)
  // RFC 8555 §7.1.3: the challenge of a wildcard is that of the name without "*.".
  if (kind === 'acme' && formatted.startsWith('*.'))
    return err(`the scope "${text}" names a wildcard; expected acme:${formatted.slice(2, -1)}, which covers it`)
  return ok({ kind, name: formatted })
}

/** Parses the scopes of a key: at least one. Doubles are dropped. */
export function parseScopes(texts: readonly string[]): Result<readonly Scope[]> {
  if (texts.length === 0) return err(`a key without a scope may do nothing; ${EXPECTED}`)
  if (texts.length > MAX_SCOPES) return err(`a key has ${texts.length} scopes; expected at most ${MAX_SCOPES}`)
  const scopes = new Map<string, Scope>()
  for (const text of texts) {
    const scope = parseScope(text)
    if (!scope.ok) return scope
    scopes.set(formatScope(scope.value), scope.value)
  }
  return ok([...scopes.values()])
}

/** Formats a scope as `parseScope` reads it, without the final dot. */
export const formatScope = (scope: Scope): string =>
  'name' in scope ? `${scope.kind}:${scope.name === '.' ? '.' : scope.name.slice(0, -1)}` : scope.kind
