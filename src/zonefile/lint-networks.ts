import { addressBits, buildScopeMap, type Family, type Prefix, parsePrefix, withoutHostBits } from '../net/index.ts'
import type { Expression, Path, Warning } from '../policy/index.ts'
import type { LocatedExpression } from './expressions.ts'

/** Warns of views and maps of networks that miss clients, have rules that never match, or networks with host bits. */
export function lintNetworks({ expression, path }: LocatedExpression): Warning[] {
  if (typeof expression === 'string' || !('kind' in expression)) return []
  if (expression.kind !== 'view' && expression.kind !== 'networks') return []
  const entries = entriesOf(expression, path)
  const prefixes = entries.map(({ prefix }) => prefix)
  const branches = entries.map(({ branch }) => branch)
  const map = buildScopeMap(prefixes, expression.kind === 'view' ? 'first' : 'longest', branches, NOBODY)
  const deciders = [...map.v4.decider, ...map.v6.decider]
  const used = new Set(deciders.map((decider) => branches[decider]))
  return [
    ...entries.flatMap(hostBits),
    ...(expression.kind === 'view' ? deadRules(expression.rules.length, used, path) : []),
    ...(expression.otherwise === undefined ? uncovered(entries, map.v4.decider, map.v6.decider, path) : []),
  ]
}

const NOBODY = -1

type Entry = { readonly text: string; readonly prefix: Prefix; readonly branch: number; readonly path: Path }

function entriesOf(expression: Extract<Expression, { kind: 'view' | 'networks' }>, path: Path): Entry[] {
  const texts =
    expression.kind === 'view'
      ? expression.rules.flatMap(({ networks }, branch) =>
          networks.map((text, i) => ({ text, branch, path: [...path, 'rules', branch, 'networks', i] })),
        )
      : Object.keys(expression.networks).map((text, branch) => ({ text, branch, path: [...path, 'networks', text] }))
  return texts.flatMap((entry) => {
    const prefix = parsePrefix(entry.text)
    return prefix.ok ? [{ ...entry, prefix: prefix.value }] : []
  })
}

function hostBits({ text, path }: Entry): Warning[] {
  const network = withoutHostBits(text)
  if (network === undefined) return []
  return [{ path, message: `${text} has bits beyond its prefix length, which are ignored; expected ${network}` }]
}

function deadRules(rules: number, used: ReadonlySet<number | undefined>, path: Path): Warning[] {
  return Array.from({ length: rules }, (_, rule) => rule)
    .filter((rule) => !used.has(rule))
    .map((rule) => ({
      path: [...path, 'rules', rule],
      message:
        `rule ${rule + 1} of the view never matches: rules before it have all of its networks; ` +
        'expected it before them',
    }))
}

/** Warns of clients in no network, often all of IPv6: they get SERVFAIL, as in PowerDNS. */
function uncovered(entries: readonly Entry[], v4: Int32Array, v6: Int32Array, path: Path): Warning[] {
  const missing = [
    { family: 1 as const, ranges: v4, name: 'IPv4', all: '0.0.0.0/0' },
    { family: 2 as const, ranges: v6, name: 'IPv6', all: '::/0' },
  ].filter(({ ranges }) => ranges.includes(NOBODY))
  if (missing.length === 0) return []
  const some = (family: Family): string =>
    entries.some(({ prefix }) => prefix.family === family && addressBits(family) > 0) ? 'other ' : ''
  const who = missing.map(({ family, name }) => `${some(family)}${name} clients`).join(' and ')
  const add = missing.map(({ all }) => all).join(' and ')
  return [{ path, message: `${who} are in none of the networks and get SERVFAIL; expected a last rule for ${add}` }]
}
