import * as v from 'valibot'
import { oneOf } from './did-you-mean.ts'
import { err, ok, type Result } from './result.ts'

/** An object with just these fields; an error names the field that is unknown or missing, and what would be right. */
export function object<const E extends v.ObjectEntries>(entries: E) {
  const fields = Object.keys(entries)
  return v.strictObject(entries, (issue) => {
    const key = String(issue.path?.at(-1)?.key)
    if (issue.expected === 'never') return `unknown field "${key}"; expected ${oneOf(key, fields, quoted)}`
    if (issue.received !== 'undefined') return `expected an object with ${fields.slice(0, 8).map(quoted).join(', ')}`
    return `the field "${key}" is missing; ${expectationOf(entries[key])}`
  })
}

const quoted = (field: string): string => `"${field}"`

/** Returns what a schema says of a value that no schema takes, as `expected a list`. */
function expectationOf(schema: v.ObjectEntries[string] | undefined): string {
  if (schema?.async !== false) return 'expected it'
  const [issue] = v.safeParse(schema, null, { message: plainMessage }).issues ?? []
  return issue?.message.startsWith('expected') ? issue.message : 'expected it'
}

type KindSchema = v.StrictObjectSchema<
  { readonly kind: v.LiteralSchema<string, undefined> } & v.ObjectEntries,
  v.ErrorMessage<v.StrictObjectIssue> | undefined
>

/**
 * An object whose field "kind" says which of some schemas it has. Only that schema's errors are told.
 * @param expected what is told of any other value
 * @param hint returns a better message for some objects without a kind
 */
export function kinds<const S extends readonly KindSchema[]>(
  schemas: S,
  expected: string,
  hint: (input: object) => string | undefined = () => undefined,
) {
  const byKind = new Map<unknown, KindSchema>(schemas.map((schema) => [schema.entries.kind.literal, schema]))
  const names = schemas.map((schema) => schema.entries.kind.literal)
  // The JSON Schema is made without a value, and lists them all.
  const all = v.variant('kind', schemas as readonly KindSchema[], expected)
  return v.lazy((input) => {
    if (input === undefined) return all
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return refused(expected)
    const schema = 'kind' in input ? byKind.get(input.kind) : undefined
    if (schema) return schema
    const better = 'kind' in input ? undefined : hint(input)
    if (better !== undefined) return refused(better)
    if (!('kind' in input)) {
      const fitting = schemas.filter(({ entries }) => Object.keys(input).every((field) => field in entries))
      const isHint = fitting.length > 0 && fitting.length < schemas.length
      const possible = fitting.map((one) => one.entries.kind.literal)
      const mend = isHint ? `expected ${oneOf('', possible, quoted)}` : expected
      return v.looseObject({ kind: v.any() }, `the field "kind" is missing; ${mend}`)
    }
    const { kind } = input
    const problem =
      typeof kind === 'string' ? `there is no kind ${quoted(kind.slice(0, 40))}` : 'the kind is not a text'
    const known = v.picklist(
      names,
      `${problem}; expected ${oneOf(typeof kind === 'string' ? kind : '', names, quoted)}`,
    )
    return v.looseObject({ kind: known })
  }) as unknown as v.GenericSchema<unknown, v.InferOutput<S[number]>>
}

/** One of some words; the error names the word that was most likely meant. */
export const word = <const W extends readonly string[]>(words: W) =>
  v.picklist(words, (issue) => `expected ${oneOf(String(issue.input), words, quoted)}`)

/**
 * Validates a value. The library hands its configuration to every schema, and leaves out of it what it does not know:
 * `judge` is handed on with it, for schemas that need more than the value.
 */
export function parse<T>(
  schema: v.GenericSchema<unknown, T>,
  input: unknown,
  judge: object,
): Result<T, readonly v.BaseIssue<unknown>[]> {
  const dataset = schema['~run']({ value: input }, { message: plainMessage, ...judge })
  return dataset.issues ? err(dataset.issues) : ok(dataset.value)
}

const refused = (message: string) => v.custom<never>(() => false, message)

/** The library's own messages in plain words; for schemas that have no message of their own. */
export function plainMessage(issue: v.BaseIssue<unknown>): string {
  const words = (issue.expected ?? 'another value').replace(/^\(|\)$/g, '').split(' | ')
  return `expected ${words.map((word) => PLAIN.get(word) ?? word).join(' or ')}`
}

const PLAIN = new Map([
  ['Array', 'a list'],
  ['Object', 'an object'],
  ['string', 'text'],
  ['number', 'a number'],
  ['boolean', 'true or false'],
])

/** Returns the name that JSON has for the kind of value that was found. */
export const receivedText = (received: string): string =>
  new Map([
    ['Array', 'a list'],
    ['"a list"', 'a list'],
    ['Object', 'an object'],
  ]).get(received) ?? received

/**
 * An object of any keys. `v.record` takes lists too, and leaves "__proto__", "constructor" and "prototype" out without
 * a word, though hosts and zones may be called so: here every own key counts.
 */
export function record<const V extends v.GenericSchema>(value: V, message: string) {
  const schema = v.record(v.string(), value, message)
  const run: (typeof schema)['~run'] = (dataset, config) => {
    const input = dataset.value
    // What is not an object is the library's to refuse, and a list as if it were none.
    if (Array.isArray(input)) return schema['~run']({ value: 'a list' }, config)
    if (typeof input !== 'object' || input === null) return schema['~run'](dataset, config)
    const issues: v.BaseIssue<unknown>[] = []
    const entries = Object.entries(input).map(([key, inner]) => {
      const result = value['~run']({ value: inner }, config)
      const item = {
        type: 'object',
        origin: 'value',
        input: input as Record<string, unknown>,
        key,
        value: inner,
      } as const
      for (const issue of result.issues ?? []) issues.push({ ...issue, path: [item, ...(issue.path ?? [])] })
      return [key, result.value] as const
    })
    const output = Object.fromEntries(entries)
    return (issues[0] ? { typed: false, value: output, issues } : { typed: true, value: output }) as ReturnType<
      typeof run
    >
  }
  return { ...schema, '~run': run }
}
