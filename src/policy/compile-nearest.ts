import type { Rdata } from '../dns/query-path.ts'
import type { Coordinates } from '../geo/query-path.ts'
import { type Address, parseAddress } from '../net/index.ts'
import { isMember, type PoolMember, type PoolMemberExpression } from './alternatives.ts'
import type { Compiling } from './context.ts'
import { type Path, refuse } from './issues.ts'
import { type Nearest, nearestOf, pickClosestOf } from './nearest.ts'
import type { Select } from './selects.ts'

type Pool<E> = {
  readonly members: readonly (E | PoolMemberExpression<E>)[]
  readonly select?: Select | undefined
  readonly count?: number | undefined
}

/**
 * Compiles the order by distance, for the selectors that use it.
 * @param records each member's fixed records; undefined for a member whose records depend on the query
 */
export function compileNearest<E, P>(
  { select = 'random', members, count = 1 }: Pool<E>,
  records: readonly (readonly Rdata[] | undefined)[],
  parts: readonly PoolMember[],
  path: Path,
  context: Compiling<E, P>,
): Nearest | undefined {
  const fault = (i: number, message: string) => refuse(context, [...path, 'members', i], message)
  const coordinates = members.map((member) => coordinatesIn(member))
  if (select !== 'nearest') {
    coordinates.forEach((own, i) => {
      if (own !== undefined) fault(i, `select "${select}" looks at no coordinates; expected "nearest"`)
    })
  }
  // If no member can go down, only the nearest `count` can be answered: members behind them do not affect the scope.
  const isFixed = records.every((own) => own !== undefined) && parts.every(isAlwaysUp)
  if (select === 'nearest') {
    coordinates.forEach((own, i) => {
      if (own === undefined || own === 'half') fault(i, 'a member without "latitude" and "longitude"; expected both')
    })
    return nearestOf(coordinates.filter(isWhole), isFixed ? count : Number.POSITIVE_INFINITY)
  }
  if (select !== 'pickclosest') return undefined
  const addresses = records.flatMap((own, i): Address[] => {
    const address = own?.length === 1 ? addressIn(own[0] as Rdata) : undefined
    if (address) return [address]
    fault(i, 'select "pickclosest" goes by where a member\'s address is; expected one address')
    return []
  })
  return pickClosestOf(addresses, isFixed ? 1 : Number.POSITIVE_INFINITY)
}

const isAlwaysUp = ({ condition, datacenter }: PoolMember): boolean =>
  condition === undefined && datacenter === undefined

const isWhole = (coordinates: Coordinates | 'half' | undefined): coordinates is Coordinates =>
  typeof coordinates === 'object'

/** Returns a record's address: a TXT has it in quotes, and the name that a CNAME leads to ends with a dot. */
function addressIn({ text }: Rdata): Address | undefined {
  const address = parseAddress(text.startsWith('"') ? text.slice(1, -1) : text.replace(/\.$/, ''))
  return address.ok ? address.value : undefined
}

function coordinatesIn<E>(member: E | PoolMemberExpression<E>): Coordinates | 'half' | undefined {
  if (!isMember<E, PoolMemberExpression<E>>(member)) return undefined
  const { latitude, longitude } = member
  if (latitude === undefined && longitude === undefined) return undefined
  return latitude === undefined || longitude === undefined ? 'half' : { latitude, longitude }
}
