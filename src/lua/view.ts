import { TYPE } from '../dns/index.ts'
import { parsePrefix } from '../net/index.ts'
import type { Rule } from '../policy/index.ts'
import { toExpression } from './answer.ts'
import { type Call, elementsOf } from './call.ts'
import { NOT_CONSTANT } from './fold-context.ts'
import { listOf } from './lists.ts'
import { describe, textOf, type Value } from './value.ts'

/**
 * `view({{{masks}, {answers}}, …})`: the first rule with a mask that holds the client, then one of its answers at
 * random. Without such a rule PowerDNS answers with an empty text: a record for TXT, SERVFAIL for every other type.
 */
export function view(rules: Value, call: Call): Value | undefined {
  const { context } = call
  const entries = elementsOf(rules, call, 'list of rules', 'rule')
  if (!entries) return undefined
  const folded = entries.map((entry) => ruleOf(entry.value, call))
  if (!folded.every((rule) => rule !== undefined)) return undefined
  const nobody = context.type === undefined ? { otherwise: '' } : context.type === TYPE.TXT ? { otherwise: '""' } : {}
  const expression = context.marked(call.at, { kind: 'view', rules: folded, ...nobody })
  return { is: 'choice', expression, by: call.name, at: call.at }
}

function ruleOf(rule: Value, call: Call): Rule | undefined {
  const { context } = call
  if (rule.is !== 'table' || rule.by || rule.entries.length < 2) {
    const what = rule.is === 'table' && !rule.by ? 'the rule has no answers' : `${describe(rule)} is not a rule`
    return context.refuse(rule.at, `${what}; expected {{masks}, {answers}}, as in ${call.usage}`)
  }
  const [masks, answers, extra] = rule.entries.map((entry) => entry.value) as [Value, Value, Value | undefined]
  if (extra) context.warn(extra.at, 'PowerDNS ignores a third element; expected {{masks}, {answers}}')
  const networks = networksOf(masks, call)
  const entries = listOf(answers, call, 'the list of answers')
  const of = entries?.map((entry) => toExpression(entry.value, context))
  if (!networks || !of?.every((answer) => answer !== undefined)) return undefined
  const [only] = of
  if (of.length === 1 && only !== undefined) return { networks, answer: only }
  return { networks, answer: context.marked(answers.at, { kind: 'random', of }) }
}

function networksOf(masks: Value, call: Call): readonly string[] | undefined {
  const { context } = call
  if (masks.is !== 'table') {
    if (masks.is === 'sample') return NOT_CONSTANT
    return context.refuse(masks.at, `${describe(masks)} is not a list of masks; expected one like {'192.0.2.0/24'}`)
  }
  const networks = masks.entries.map(({ value }) => {
    const text = textOf(value)
    if (value.is === 'choice') return NOT_CONSTANT
    if (text === undefined) {
      return context.refuse(value.at, `${describe(value)} is not a mask; expected a text like '192.0.2.0/24'`)
    }
    const prefix = parsePrefix(text)
    return prefix.ok ? text : context.refuse(value.at, prefix.error)
  })
  return networks.every((network) => network !== undefined) ? networks : undefined
}
