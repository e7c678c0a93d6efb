import { MAX_WEIGHT } from '../limits.ts'
import { type Call, elementsOf } from './call.ts'
import { NOT_CONSTANT } from './fold-context.ts'
import { describe, type Entry, type Value } from './value.ts'

/** The elements of a list argument: at least one, and each of them a text. */
export function listOf(value: Value, call: Call, what = `the list of ${call.name}`): readonly Entry[] | undefined {
  const { context } = call
  if (value.is === 'sample') {
    // A list that always has one element is that element.
    if (value.least === 1 && value.most === 1) return [{ key: 1, value: { ...value, is: 'choice' } }]
    return NOT_CONSTANT
  }
  if (value.is !== 'table') {
    return context.refuse(value.at, `${describe(value)} is not a list; expected ${call.usage}`)
  }
  if (value.entries.length === 0) {
    return context.refuse(value.at, `${what} is empty; expected at least one element, as in ${call.usage}`)
  }
  for (const entry of value.entries) if (!isText(entry.value)) refuseElement(entry.value, call)
  return value.entries.every((entry) => isText(entry.value)) ? value.entries : undefined
}

const isText = (value: Value): boolean => value.is === 'text' || value.is === 'number' || value.is === 'choice'

function refuseElement(value: Value, call: Call): undefined {
  return call.context.refuse(value.at, `${describe(value)} is not a text; expected a text here, as in ${call.usage}`)
}

export type Weighted = { readonly weight: number; readonly value: Value }

/** The `{weight, text}` pairs of a weighted list: at least one. */
export function weightedListOf(value: Value, call: Call): readonly Weighted[] | undefined {
  const entries = elementsOf(value, call, 'list of weights', 'element')
  if (!entries) return undefined
  const pairs = entries.map((entry) => pairOf(entry.value, call))
  return pairs.every((pair) => pair !== undefined) ? pairs : undefined
}

function pairOf(value: Value, call: Call): Weighted | undefined {
  const { context } = call
  if (value.is !== 'table' || value.by || value.entries.length < 2) {
    const what =
      value.is === 'table' && !value.by ? 'the element has no weight or no text' : `${describe(value)} has no weight`
    return context.refuse(value.at, `${what}; expected {weight, text}, as in ${call.usage}`)
  }
  const [weight, text, extra] = value.entries.map((entry) => entry.value) as [Value, Value, Value | undefined]
  if (extra) context.warn(extra.at, 'PowerDNS ignores a third element; expected {weight, text}')
  const number = wholeNumber(weight)
  if (weight.is === 'choice') return NOT_CONSTANT
  if (number === undefined || number < 1 || number > MAX_WEIGHT) {
    context.refuse(weight.at, `${describe(weight)} is not a weight; expected a whole number from 1 to ${MAX_WEIGHT}`)
  }
  if (!isText(text)) return refuseElement(text, call)
  // The text is checked even if the weight is refused.
  return { weight: number ?? 0, value: text }
}

/** A whole number as PowerDNS reads one: `'15'` and 15.7 are 15. */
export function wholeNumber(value: Value): number | undefined {
  if (value.is === 'number') return Number.isNaN(value.value) ? undefined : Math.trunc(value.value)
  if (value.is !== 'text' || !/^\s*[+-]?\d+(\.\d*)?\s*$/.test(value.text)) return undefined
  return Math.trunc(Number(value.text))
}
