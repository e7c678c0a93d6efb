/** A JSON Schema (2020-12), as OpenAPI 3.1 has it. */
export type Schema = { readonly [keyword: string]: unknown }

/** A body in one media type. An example is real: a test sends it. */
type Media = { readonly schema: Schema; readonly example?: unknown }

export type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly required?: boolean
  readonly schema: Schema
  readonly example?: unknown
}

export type Reply = {
  readonly description: string
  readonly content?: Readonly<Record<string, Media>>
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>
}

/** The path of this description. */
export const DOCS_PATH = '/api/docs'

/** An operation of the API: a method of a path, whose parameters stand in braces. */
export type Operation = {
  readonly method: 'get' | 'put' | 'post' | 'patch' | 'delete'
  readonly path: string
  readonly operationId: string
  readonly tags: readonly [string, ...string[]]
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> }
  /** By status. The reply to the examples is the first. */
  readonly responses: Readonly<Record<string, Reply>>
  /** Set where no key is needed. */
  readonly security?: readonly []
}

export const text: Schema = { type: 'string' }
export const nullableText: Schema = { type: ['string', 'null'] }
export const whole: Schema = { type: 'integer', minimum: 0 }
export const flag: Schema = { type: 'boolean' }
export const time: Schema = { type: ['string', 'null'], format: 'date-time' }

export const list = (items: Schema): Schema => ({ type: 'array', items })

/** An object that has all of these members, and no others. */
export const exactly = (
  properties: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
) => ({
  type: 'object',
  properties: { ...properties, ...optional },
  required: Object.keys(properties),
  additionalProperties: false,
})

/** An object that has at least these members. */
export const atLeast = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
})

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** A reply with JSON. */
export const jsonReply = (description: string, schema: Schema, headers?: Reply['headers']): Reply => ({
  description,
  content: { 'application/json': { schema } },
  ...(headers && { headers }),
})

export const noBody = (description: string): Reply => ({ description })

export const pathParameter = (name: string, description: string, example: string): Parameter => ({
  ...{ name, in: 'path', description, required: true, schema: text, example },
})

export const queryParameter = (name: string, description: string, example?: unknown, schema = text): Parameter => ({
  ...{ name, in: 'query', description, schema },
  ...(example !== undefined && { example }),
})

export const headerParameter = (name: string, description: string): Parameter => ({
  ...{ name, in: 'header', description, schema: text },
})

export const jsonBody = (schema: Schema, example: unknown): NonNullable<Operation['requestBody']> => ({
  required: true,
  content: { 'application/json': { schema, example } },
})
