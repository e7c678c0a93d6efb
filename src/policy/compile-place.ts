import type { Division } from '../geo/index.ts'
import { buildScopeMap } from '../net/index.ts'
import { compileByPlace } from './by-place.ts'
import { compileFailover } from './compile-pool.ts'
import type { Compile, CompileContext, Issue, Path } from './context.ts'
import { type Expression, isMember } from './expression.ts'
import type { DatacentersExpression, GeoExpression } from './place-expression.ts'
import type { FailoverMember } from './pool-expression.ts'
import type { Policy } from './types.ts'

/** @param outcomesOf the same number for branches that answer alike */
export function compileGeo(
  expression: GeoExpression<Expression>,
  path: Path,
  context: CompileContext,
  compile: Compile,
  outcomesOf: (members: readonly Policy[]) => number[],
): Policy {
  const members: Policy[] = []
  const table = compileByPlace(expression, path, context.issues, (answer, at) => {
    return members.push(compile(answer, at, context)) - 1
  })
  const { levels, prefixes, networks, values } = table
  members.push(compile(expression.otherwise, [...path, 'otherwise'], context))
  const outcomes = outcomesOf(members)
  if (outcomes.every((number) => number === outcomes[0])) return members[0] as Policy
  const usual = outcomes.at(-1) as number
  const outcomeAt = (branch: number): number => outcomes[branch] as number
  const ofNetworks = values.map(outcomeAt)
  const division: Division = {
    id: `geo ${JSON.stringify([usual, levels.entries().map(([key, b]) => [key, outcomeAt(b)]), networks, ofNetworks])}`,
    reads: levels.reads,
    outcome: (place) => {
      const found = levels.find(place)
      return found ? outcomeAt(found.value) : usual
    },
    ...(networks.length > 0 && {
      networks: { map: buildScopeMap(prefixes, 'longest', ofNetworks, -1), outcomes: ofNetworks },
    }),
  }
  return { kind: 'geo', division, levels, networks, branches: Uint32Array.from(values), members }
}

export function compileDatacenters(
  expression: DatacentersExpression<Expression>,
  path: Path,
  context: CompileContext,
  compile: Compile,
): Policy {
  const { kind: _, map: mapName, datacenters, ...rest } = expression
  const map = context.maps?.get(mapName)
  const refuse = (at: Path, message: string): void => void context.issues.push({ path: [...path, ...at], message })
  if (!map) {
    const known = [...(context.maps?.keys() ?? [])]
    const there = known.length > 0 ? `expected one of ${known.join(', ')}` : 'the zone has no "maps"'
    refuse(['map'], `there is no map "${mapName}"; ${there}`)
    return { kind: 'values', rdatas: [] }
  }
  for (const name of map.datacenters.filter((name) => !Object.hasOwn(datacenters, name))) {
    refuse(['datacenters'], `the datacenter "${name}" of the map "${mapName}" is missing; expected an answer for each`)
  }
  for (const name of Object.keys(datacenters).filter((name) => !map.datacenters.includes(name))) {
    const expected = `expected ${map.datacenters.join(', ')}`
    refuse(['datacenters', name], `the map "${mapName}" has no datacenter "${name}"; ${expected}`)
  }
  const names = map.datacenters.filter((name) => Object.hasOwn(datacenters, name))
  const pools = names.map((name) => ({ datacenter: name, ...asMember(datacenters[name] as Expression) }))
  const inner: Issue[] = []
  const failover = compileFailover({ kind: 'failover', pools, ...rest }, path, { ...context, issues: inner }, compile)
  context.issues.push(
    ...inner.map((issue) => ({ ...issue, path: renamed(issue.path, path.length, names, datacenters) })),
  )
  const { kind: _failover, ...alternatives } = failover
  return { kind: 'datacenters', map, ...alternatives, orders: new Map() }
}

type Datacenter = Expression | FailoverMember<Expression>

const asMember = (given: Datacenter): FailoverMember<Expression> => (isMember(given) ? given : { answer: given })

/** What a failover calls `pools / 0 / answer` is `datacenters / fra` here, or `datacenters / fra / answer`. */
function renamed(
  path: Path,
  depth: number,
  names: readonly string[],
  datacenters: Readonly<Record<string, Datacenter>>,
): Path {
  const [field, index, answer] = path.slice(depth)
  if (field !== 'pools' || typeof index !== 'number') return path
  const name = names[index] as string
  const written = isMember(datacenters[name] as Datacenter) || answer !== 'answer'
  return [...path.slice(0, depth), 'datacenters', name, ...path.slice(depth + (written ? 2 : 3))]
}
