import type { Expression } from 'luaparse'
import { type NeverEqual, whyNeverThatText } from './lint-compared-text.ts'

type Kind = 'name' | 'address' | 'network' | 'type'

/** PowerDNS's objects, and how each is compared. */
const VARIABLES: ReadonlyMap<string, Kind> = new Map([
  ...['qname', 'zone'].map((name) => [name, 'name'] as const),
  ...['bestwho', 'who', 'localwho'].map((name) => [name, 'address'] as const),
  ['ecswho', 'network'] as const,
])
const CONSTRUCTORS: ReadonlyMap<string, Kind> = new Map([
  ['newDN', 'name'],
  ['newCA', 'address'],
  ['newCAFromRaw', 'address'],
  ['newNetmask', 'network'],
  ['newQType', 'type'],
])

/** Why two operands of `==` or `~=` are never equal, whoever asks; nothing where they may be. */
export function whyNeverEqual(operator: string, left: Expression, right: Expression): NeverEqual | undefined {
  const code = whyNeverThatText(operator, left, right) ?? whyNeverThatText(operator, right, left)
  if (code) return code
  const [one, other] = [objectOf(left), objectOf(right)]
  const object = one ?? other
  if (!object) return undefined
  const { name, kind, shown } = object
  const result = `${operator} is always ${operator === '~='}`
  if (one && other) {
    // Two addresses are the same only if they are one object.
    if (kind !== 'address' || other.kind !== 'address' || one.name === other.name) return undefined
    const message = `addresses are compared with equal, and ${result}; expected ${one.shown}:equal(${other.shown})`
    return { names: [one.name, other.name], message }
  }
  const text = textIn(one ? right : left)
  if (text === undefined) return undefined
  return {
    names: [name],
    message: `${shown} is an object and no text, so that ${result}; expected ${EXPECTED[kind](shown, text)}`,
  }
}

const EXPECTED: Readonly<Record<Kind, (object: string, text: string) => string>> = {
  name: (object, text) =>
    `${object}:equal(${text}), ${object} == newDN(${text}), or ${object}:toString() with its last dot`,
  address: (object, text) => `${object}:toString() == ${text}, or netmask({${text}})`,
  network: (object, text) => `${object}:toString() == ${text}, or ${object} == newNetmask(${text})`,
  type: (object, text) => `${object}:getName() == ${text}`,
}

function objectOf(node: Expression): { name: string; kind: Kind; shown: string } | undefined {
  if (node.type === 'Identifier') {
    const kind = VARIABLES.get(node.name)
    return kind && { name: node.name, kind, shown: node.name }
  }
  const isCall = node.type === 'CallExpression' || node.type === 'StringCallExpression'
  if (!isCall || node.base.type !== 'Identifier') return undefined
  const { name } = node.base
  const kind = CONSTRUCTORS.get(name)
  return kind && { name, kind, shown: `${name}(…)` }
}

/** What gives a text, as a message shows it. */
function textIn(node: Expression): string | undefined {
  switch (node.type) {
    case 'StringLiteral':
      return `'${node.value.length > MAX_SHOWN ? '…' : node.value}'`
    case 'BinaryExpression':
      return node.operator === '..' ? '…' : undefined
    case 'CallExpression':
      return node.base.type === 'MemberExpression' && TEXTS.has(node.base.identifier.name) ? '…' : undefined
    default:
      return undefined
  }
}

const MAX_SHOWN = 64
/** Methods that give texts. */
const TEXTS: ReadonlySet<string> = new Set(['toString', 'toStringNoDot', 'lower', 'upper', 'sub', 'format'])
