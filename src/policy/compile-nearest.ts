import type { Coordinates } from '../geo/index.ts'
import { type Address, parseAddress } from '../net/index.ts'
import type { CompileContext, Path } from './context.ts'
import type { Expression } from './expression.ts'
import { nearestOf, pickClosestOf } from './nearest.ts'
import type { PoolExpression } from './pool-expression.ts'
import type { Nearest, Part, Policy } from './types.ts'

/** What puts the members in order of distance, for the selects that do so. */
export function compileNearest(
  { select, members: given, count = 1 }: PoolExpression<Expression>,
  members: readonly Policy[],
  parts: readonly Part[],
  path: Path,
  { issues }: CompileContext,
): Nearest | undefined {
  const refuse = (i: number, message: string) => void issues.push({ path: [...path, 'members', i], message })
  const spots = given.map((member) => coordinatesIn(member))
  if (select !== 'nearest') {
    spots.forEach((spot, i) => {
      if (spot !== undefined) refuse(i, `select "${select ?? 'random'}" looks at no coordinates; expected "nearest"`)
    })
  }
  // What nothing can take down leaves those behind it without a say.
  const isFixed = members.every((member) => member.kind === 'values') && parts.every(isAlwaysUp)
  if (select === 'nearest') {
    spots.forEach((spot, i) => {
      if (spot === undefined || spot === 'half') refuse(i, 'a member without "latitude" and "longitude"; expected both')
    })
    return nearestOf(spots.filter(isWhole), isFixed ? count : Number.POSITIVE_INFINITY)
  }
  if (select !== 'pickclosest') return undefined
  const addresses = members.map((member, i): Address[] => {
    const address = member.kind === 'values' && member.rdatas.length === 1 ? addressIn(member) : undefined
    if (address) return [address]
    refuse(i, 'select "pickclosest" goes by where a member\'s address is; expected one address')
    return []
  })
  return pickClosestOf(addresses.flat(), isFixed ? 1 : Number.POSITIVE_INFINITY)
}

const isAlwaysUp = ({ condition, datacenter }: Part): boolean => condition === undefined && datacenter === undefined

const isWhole = (spot: Coordinates | 'half' | undefined): spot is Coordinates => typeof spot === 'object'

/** The address that a record is; a TXT has it in quotes, and the name that a CNAME leads to ends with a dot. */
function addressIn({ rdatas }: Extract<Policy, { kind: 'values' }>): Address | undefined {
  const text = rdatas[0]?.text ?? ''
  const address = parseAddress(text.startsWith('"') ? text.slice(1, -1) : text.replace(/\.$/, ''))
  return address.ok ? address.value : undefined
}

function coordinatesIn(member: PoolExpression<Expression>['members'][number]): Coordinates | 'half' | undefined {
  if (typeof member !== 'object' || Array.isArray(member) || 'kind' in member || !('answer' in member)) return undefined
  const { latitude, longitude } = member
  if (latitude === undefined && longitude === undefined) return undefined
  return latitude === undefined || longitude === undefined ? 'half' : { latitude, longitude }
}
