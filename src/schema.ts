import * as v from 'valibot'
import { oneOf } from './did-you-mean.ts'
import { err, ok, type Result } from './result.ts'

/** Accepts an object with exactly these fields. An error names the unknown or missing field and the fix. */
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

/** Returns a schema's message about a value that no schema accepts, as `expected a list`. */
function expectationOf(schema: v.ObjectEntries[string] | undefined): string {
  if (schema?.async !== false) return 'expected it'
  const [issue] = v.safeParse(schema, null, { message: plainMessage }).issues ?? []
  return issue?.message.startsWith('expected') ? issue.message : 'expected it'
}

/** The schema of an object whose field `kind` has one value. */
export type KindSchema = v.StrictObjectSchema<
  { readonly kind: v.LiteralSchema<string, undefined> } & v.ObjectEntries,
  v.ErrorMessage<v.StrictObjectIssue> | undefined
>

/**
 * Accepts an object by the schema that its field "kind" names. Only that schema's errors are reported.
 * @param expected the message for any other value
 * @param hint returns a better message for some objects without a kind
 */
export function kinds<const S extends readonly KindSchema[]>(
  schemas: S,
  expected: string,
  hint: (input: object) => string | undefined = () => undefined,
) {
  const byKind = new Map<unknown, KindSchema>(schemas.map((schema) => [schema.entries.kind.literal, schema]))
  const names = schemas.map((schema) => schema.entries.kind.literal)
  // The JSON Schema is generated without a value, and lists all kinds.
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
      const possible = fitting.map((candidate) => candidate.entries.kind.literal)
      const fix = isHint ? `expected ${oneOf('', possible, quoted)}` : expected
      return v.looseObject({ kind: v.any() }, `the field "kind" is missing; ${fix}`)
    }
    const { kind } = input
    const problem =
      typeof kind === 'string' ? `there is no kind ${quoted(kind.slice(0, 40))}` : 'the kind is not a text'
    const validKind = v.picklist(
      names,
      `${problem}; expected ${oneOf(typeof kind === 'string' ? kind : '', names, quoted)}`,
    )
    return v.looseObject({ kind: validKind })
  }) as unknown as v.GenericSchema<unknown, v.InferOutput<S[number]>>
}

/** Accepts one of some words. The error names the word that was most likely intended. */
export const word = <const W extends readonly string[]>(words: W) =>
  v.picklist(words, (issue) => `expected ${oneOf(String(issue.input), words, quoted)}`)

/**
 * Validates a value. The library's public function drops unknown settings; this one passes `judge` to every schema, for
 * those that need more than the value.
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

/** Rewrites the library's default messages in plain words, for schemas without a message. */
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

/** Returns JSON's name for the type of the value that was found. */
export const receivedText = (received: string): string =>
  new Map([
    ['Array', 'a list'],
    ['"a list"', 'a list'],
    ['Object', 'an object'],
  ]).get(received) ?? received

/**
 * Accepts an object with any keys. `v.record` accepts lists too, and silently drops "__proto__", "constructor" and
 * "prototype", which may be names of hosts and zones: here every key counts.
 */
export function record<const V extends v.GenericSchema>(value: V, message: string) {
  const schema = v.record(v.string(), value, message)
  const run: (typeof schema)['~run'] = (dataset, config) => {
    const input = dataset.value
    // The library refuses a value that is not an object; a list is given to it as a text.
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
