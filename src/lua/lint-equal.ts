import type { Expression } from 'luaparse'
import { type Gives, givenBy } from '../powerdns/index.ts'
import { type NeverEqual, whyNeverThatText } from './lint-compared-text.ts'

/** The kinds of PowerDNS's objects that are compared, each in its way. */
const KINDS = ['name', 'address', 'network', 'type'] as const
type Kind = (typeof KINDS)[number]

/** Explains why two operands of `==` or `~=` are never equal, whoever asks; undefined if they may be. */
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
    const kind = kindOf(givenBy(node.name, 'variable'))
    return kind && { name: node.name, kind, shown: node.name }
  }
  const isCall = node.type === 'CallExpression' || node.type === 'StringCallExpression'
  if (!isCall || node.base.type !== 'Identifier') return undefined
  const { name } = node.base
  const kind = kindOf(givenBy(name, 'function'))
  return kind && { name, kind, shown: `${name}(…)` }
}

const kindOf = (gives: Gives | undefined): Kind | undefined => KINDS.find((kind) => kind === gives)

/** An expression that gives a text, as a message shows it. */
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
