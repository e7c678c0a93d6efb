import { isSubdomain, type NameKey, parseName } from '../dns/index.ts'
import { MAX_LISTED_SCOPES } from '../limits.ts'
import { unreachable } from '../result.ts'
import type { Key, Operation, Scope } from './key.ts'
import { formatScope } from './scope.ts'

/** Returns true if one of the scopes allows the operation. */
export const mayDo = (scopes: readonly Scope[], operation: Operation): boolean =>
  scopes.some((scope) => allows(scope, operation))

/** Returns what a key may do instead, as a message; undefined if it may do the operation. */
export function refusalOf({ name, scopes }: Pick<Key, 'name' | 'scopes'>, operation: Operation): string | undefined {
  if (mayDo(scopes, operation)) return undefined
  const texts = scopes.slice(0, MAX_LISTED_SCOPES).map(abilityOf)
  const more = scopes.length - texts.length
  const may = `${texts.join('; ')}${more > 0 ? `; and ${more} scopes more` : ''}`
  return `the key ${name} may: ${may}; ${taskOf(operation)} needs ${neededFor(operation).join(' or ')}`
}

function allows(scope: Scope, operation: Operation): boolean {
  switch (scope.kind) {
    case 'everything':
      return true
    case 'read':
      return READING.includes(operation.kind)
    case 'pdns':
      return READING.includes(operation.kind) || operation.kind === 'signing'
    case 'health':
      return operation.kind === 'read-health' || operation.kind === 'push-health'
    case 'resolve':
      return operation.kind === 'resolve'
    case 'zone':
    case 'name':
    case 'suffix':
    case 'acme':
      return allowsNamed(scope, operation)
    default:
      return unreachable(scope)
  }
}

const READING: readonly Operation['kind'][] = [
  ...(['list-zones', 'read-zone', 'read-answers', 'resolve', 'read-health', 'read-deployment'] as const),
]

type NamedScope = Extract<Scope, { readonly name: string }>

function allowsNamed(scope: NamedScope, operation: Operation): boolean {
  switch (operation.kind) {
    case 'list-zones':
      return true
    case 'read-zone':
      return readsZone(scope, operation.origin)
    case 'write-zone':
      return scope.kind === 'zone' && isSame(scope.name, operation.origin)
    case 'write-rrset':
      return writesRrset(scope, operation)
    case 'read-answers':
    case 'resolve':
    case 'read-health':
    case 'read-deployment':
    case 'push-health':
    case 'write-overrides':
    case 'test-notifications':
    case 'keys':
    case 'signing':
      return false
    default:
      return unreachable(operation)
  }
}

/** A zone has the names of a scope if they are in it. All zones below a suffix have such names, too. */
function readsZone({ kind, name }: NamedScope, origin: string): boolean {
  switch (kind) {
    case 'zone':
      return isSame(name, origin)
    case 'name':
      return isIn(name, origin)
    case 'suffix':
      return isIn(name, origin) || isIn(origin, name)
    case 'acme':
      return isIn(challengeOf(name), origin)
    default:
      return unreachable(kind)
  }
}

function writesRrset(
  { kind, name }: NamedScope,
  rrset: { readonly origin: string; readonly name: string; readonly type: string },
): boolean {
  switch (kind) {
    case 'zone':
      return isSame(name, rrset.origin)
    case 'name':
      return isSame(rrset.name, name)
    case 'suffix':
      return isIn(rrset.name, name)
    case 'acme':
      return rrset.type === 'TXT' && isSame(rrset.name, challengeOf(name))
    default:
      return unreachable(kind)
  }
}

/** RFC 8555 §8.4. */
const challengeOf = (name: string): string => (name === '.' ? '_acme-challenge.' : `_acme-challenge.${name}`)

// Names are compared in wire form: in the text "a\.example.com." the first dot ends no label. What is no name is
// nowhere.

const isSame = (a: string, b: string): boolean => {
  const key = keyOf(a)
  return key !== undefined && key === keyOf(b)
}

const isIn = (name: string, ancestor: string): boolean => {
  const [key, above] = [keyOf(name), keyOf(ancestor)]
  return key !== undefined && above !== undefined && isSubdomain(key, above)
}

function keyOf(text: string): NameKey | undefined {
  const name = parseName(text)
  return name.ok ? name.value.key : undefined
}

// --- the words of a refusal -----------------------------------------------------------------------------------------

function abilityOf(scope: Scope): string {
  const name = 'name' in scope ? scope.name : ''
  switch (scope.kind) {
    case 'everything':
      return 'do everything'
    case 'read':
      return 'read all zones, answers and health'
    case 'pdns':
      return 'read all zones, answers and health, and read and write the keys by which PowerDNS signs'
    case 'health':
      return 'push states of targets, and read health'
    case 'resolve':
      return 'resolve names'
    case 'zone':
      return `read and write the zone ${name}`
    case 'name':
      return `write rrsets of ${name}, and read its zone`
    case 'suffix':
      return `write rrsets at and below ${name}, and read their zones`
    case 'acme':
      return `write TXT at ${challengeOf(name)}, and read its zone`
    default:
      return unreachable(scope)
  }
}

function taskOf(operation: Operation): string {
  switch (operation.kind) {
    case 'list-zones':
      return 'listing zones'
    case 'read-zone':
      return `reading the zone ${operation.origin}`
    case 'write-zone':
      return `writing the zone ${operation.origin}`
    case 'write-rrset':
      return `writing ${operation.type} at ${operation.name}`
    case 'read-answers':
      return 'explaining answers'
    case 'resolve':
      return 'resolving names'
    case 'read-health':
      return 'reading health'
    case 'read-deployment':
      return 'reading the deployment'
    case 'push-health':
      return 'pushing states of targets'
    case 'write-overrides':
      return 'writing overrides'
    case 'test-notifications':
      return 'testing notifications'
    case 'keys':
      return 'reading and writing keys'
    case 'signing':
      return 'reading and writing the keys by which PowerDNS signs'
    default:
      return unreachable(operation)
  }
}

/** Returns the scopes that allow an operation, the largest first. */
function neededFor(operation: Operation): readonly string[] {
  switch (operation.kind) {
    case 'list-zones':
    case 'read-answers':
    case 'read-deployment':
      return ['everything', 'read']
    case 'resolve':
      return ['everything', 'read', 'resolve']
    case 'signing':
      return ['everything', 'pdns']
    case 'read-zone':
      return ['everything', 'read', formatScope({ kind: 'zone', name: operation.origin })]
    case 'write-zone':
      return ['everything', formatScope({ kind: 'zone', name: operation.origin })]
    case 'write-rrset':
      return [
        'everything',
        formatScope({ kind: 'zone', name: operation.origin }),
        formatScope({ kind: 'name', name: operation.name }),
      ]
    case 'read-health':
      return ['everything', 'read', 'health']
    case 'push-health':
      return ['everything', 'health']
    case 'write-overrides':
    case 'test-notifications':
    case 'keys':
      return ['everything']
    default:
      return unreachable(operation)
  }
}
