import type * as v from 'valibot'
import { buildScopeMap, type Prefix, parsePrefix } from '../../net/index.ts'
import type { Builders } from '../builders.ts'
import type { Compiling, Kinds } from '../context.ts'
import { type Path, refuse } from '../issues.ts'
import { storeTexts, storeWords, textsOf } from '../stored.ts'
import { storeScopeMap } from '../stored-scope-map.ts'
import type { Stored, Storing } from '../storing.ts'
import type { Inner } from './kind.ts'
import type { Networks, NetworksExpression, ViewExpression } from './networks.ts'

// The part of the kinds `view` and `networks` that author time alone needs.

const LIST = 'expected a list of networks, like ["192.0.2.0/24"]'
const RULES = '[{ "networks": ["192.0.2.0/24"], "answer": "198.51.100.1" }]'

export const viewSchema = <E>({ v, object }: Builders, answer: v.GenericSchema<E>) =>
  object({
    kind: v.literal('view'),
    rules: v.pipe(
      v.array(object({ networks: v.array(v.string(), LIST), answer }), `expected a list like ${RULES}`),
      v.minLength(1, `the list is empty; expected ${RULES}`),
    ),
    otherwise: v.optional(answer),
  })

export const networksSchema = <E>({ v, object, record }: Builders, answer: v.GenericSchema<E>) =>
  object({
    kind: v.literal('networks'),
    networks: record(answer, 'expected an object of networks, like { "192.0.2.0/24": "198.51.100.1" }'),
    otherwise: v.optional(answer),
  })

/** A network of a document, the branch that it leads to, and its path. */
type Entry = { readonly text: string; readonly branch: number; readonly path: Path }

export function compileView<E, P>(
  { kind, rules, otherwise }: ViewExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P | Networks<P> {
  const branches = rules.map(({ answer }, i) => kinds.compile(answer, [...path, 'rules', i, 'answer'], context))
  const entries = rules.flatMap(({ networks }, branch) =>
    networks.map((text, i) => ({ text, branch, path: [...path, 'rules', branch, 'networks', i] })),
  )
  const none = compileOtherwise(kind, otherwise, path, context, kinds)
  return compileEntries(kind, entries, [...branches, none], context, kinds)
}

export function compileNetworks<E, P>(
  { kind, networks, otherwise }: NetworksExpression<E>,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P | Networks<P> {
  const answers = Object.entries(networks)
  const branches = answers.map(([text, answer]) => kinds.compile(answer, [...path, 'networks', text], context))
  const entries = answers.map(([text], branch) => ({ text, branch, path: [...path, 'networks', text] }))
  const none = compileOtherwise(kind, otherwise, path, context, kinds)
  return compileEntries(kind, entries, [...branches, none], context, kinds)
}

function compileOtherwise<E, P>(
  kind: Networks<P>['kind'],
  otherwise: E | undefined,
  path: Path,
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P {
  if (otherwise !== undefined) return kinds.compile(otherwise, [...path, 'otherwise'], context)
  return kinds.fail(`no network of the ${kind === 'view' ? 'view' : 'map'} holds the client`)
}

function compileEntries<E, P>(
  kind: Networks<P>['kind'],
  entries: readonly Entry[],
  members: readonly P[],
  context: Compiling<E, P>,
  kinds: Kinds<E, P>,
): P | Networks<P> {
  const prefixes: Prefix[] = []
  const valid: Entry[] = []
  const seen = new Set<string>()
  for (const entry of entries) {
    const { text, path } = entry
    const prefix = parsePrefix(text)
    if (!prefix.ok) {
      refuse(context, path, prefix.error)
      continue
    }
    const identity = `${prefix.value.length}/${prefix.value.bytes}`
    if (kind === 'networks' && seen.has(identity)) {
      refuse(context, path, `${text} is in the map twice, in two spellings; expected each network once`)
    }
    seen.add(identity)
    prefixes.push(prefix.value)
    valid.push(entry)
  }
  // A border between branches that answer alike changes nothing for any client: it limits no scope.
  const outcomes = kinds.outcomeNumbers(members)
  if (outcomes.every((number) => number === outcomes[0])) return members[0] as P
  const map = buildScopeMap(
    prefixes,
    kind === 'view' ? 'first' : 'longest',
    valid.map(({ branch }) => outcomes[branch] as number),
    outcomes.at(-1) as number,
  )
  const branches = Uint32Array.from(valid, ({ branch }) => branch)
  return { kind, map, networks: valid.map(({ text }) => text), branches, members }
}

export const insideView = <E>({ rules, otherwise }: ViewExpression<E>): Inner<E>[] => [
  ...rules.map(({ answer }, i): Inner<E> => [answer, ['rules', i, 'answer']]),
  ...insideOtherwise(otherwise),
]

export const insideNetworks = <E>({ networks, otherwise }: NetworksExpression<E>): Inner<E>[] => [
  ...Object.entries(networks).map(([text, answer]): Inner<E> => [answer, ['networks', text]]),
  ...insideOtherwise(otherwise),
]

const insideOtherwise = <E>(otherwise: E | undefined): Inner<E>[] =>
  otherwise === undefined ? [] : [[otherwise, ['otherwise']]]

export const identity = ({ networks, branches }: Networks<unknown>): unknown => [textsOf(networks), [...branches]]

export const store = <P>(policy: Networks<P>, { keeper, store }: Storing<P>): Stored => [
  policy.kind,
  policy.members.map(store),
  storeTexts(policy.networks, keeper),
  storeWords(policy.branches, keeper),
  storeScopeMap(policy.map, keeper),
]
