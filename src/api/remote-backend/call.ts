import { err, ok, type Result } from '../../result.ts'

/**
 * A call of PowerDNS's remote backend. `method` is in lower case: PowerDNS and its documentation write it differently.
 */
export type Call = { readonly method: string; readonly parameters: Parameters }

/** The parameters by their names in JSON: `qname`, `zone-id`. */
export type Parameters = Readonly<Record<string, unknown>>

/** A request for the backend, whose path begins behind the key. */
type CallRequest = {
  /** Path segments as they were sent, percent-encoded. */
  readonly segments: readonly string[]
  readonly headers: { get(name: string): string | null }
  /** The body of a POST, a PUT or a PATCH; undefined for all other requests. */
  readonly body: string | undefined
}

/**
 * Reads a call in any mode of the HTTP connector: the path and headers, a form (`post=1`), or JSON (`post_json=1`).
 * @returns an error for a request that is no call at all; a method that nobody knows is a call
 */
export function parseCall({ segments, headers, body }: CallRequest): Result<Call> {
  const decoded: string[] = []
  for (const segment of segments) {
    const text = decodedSegment(segment)
    if (text === undefined)
      return err(`"${segment.slice(0, 80)}" is not percent-encoded UTF-8; expected like www%2eexample%2ecom%2e`)
    decoded.push(text)
  }
  const [method, ...components] = decoded
  if (method === undefined || method === '') return body === undefined ? err(NO_METHOD) : parseJsonCall(body)
  const form = body === undefined ? null : new URLSearchParams(body).get('parameters')
  if (form === null) return ok(restCall(method, components, { headers, body }))
  const parameters = objectOf(form)
  return parameters
    ? ok({ method: method.toLowerCase(), parameters })
    : err('the field "parameters" is not a JSON object')
}

const NO_METHOD = 'the path has no method; expected one like /pdns/<key>/lookup/www%2eexample%2ecom%2e/ANY'

function parseJsonCall(body: string): Result<Call> {
  const call = objectOf(body)
  if (!call || typeof call.method !== 'string') {
    return err('the body is not a call; expected { "method": "lookup", "parameters": { … } }')
  }
  const { method, parameters = {} } = call
  return isObject(parameters) ? ok({ method: method.toLowerCase(), parameters }) : err('"parameters" is not an object')
}

function objectOf(text: string): Parameters | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Parameters =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function decodedSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/**
 * The names of a path's components. A name may be missing in front: URL parsers take the root, `%2e`, for a step that
 * leads nowhere.
 */
const COMPONENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['lookup', ['qname', 'qtype']],
  ['apilookup', ['qname', 'qtype']],
  ['list', ['domain_id', 'zonename']],
  ['getdomaininfo', ['name']],
  ['getalldomainmetadata', ['name']],
  ['getdomainmetadata', ['name', 'kind']],
  ['getdomainkeys', ['name']],
  ['getbeforeandafternamesabsolute', ['id', 'qname']],
  ['setdomainmetadata', ['name', 'kind']],
  ['adddomainkey', ['name']],
  ...['activate', 'deactivate', 'publish', 'unpublish', 'remove'].map((verb): [string, readonly string[]] => [
    `${verb}domainkey`,
    ['id', 'name'],
  ]),
])

/** Parameters that the RESTful mode sends as headers. */
const HEADERS = ['remote', 'local', 'real-remote', 'zone-id'] as const

function restCall(
  written: string,
  components: readonly string[],
  { headers, body }: Pick<CallRequest, 'headers' | 'body'>,
): Call {
  const method = written.toLowerCase()
  const names = COMPONENTS.get(method) ?? []
  const sent = components.filter((component) => component !== '')
  const isShort = sent.length < names.length
  const named = names.filter((name) => !(isShort && ROOTS.has(name)))
  const parameters: Record<string, unknown> = formParameters(method, new URLSearchParams(body))
  for (const name of HEADERS) {
    const value = headers.get(`x-remotebackend-${name}`)
    if (value !== null) parameters[name] = value
  }
  if (isShort) for (const name of names) if (ROOTS.has(name)) parameters[name] = '.'
  for (const [at, name] of named.entries()) parameters[name] = sent[at]
  return { method, parameters }
}

/** Returns the parameters that the RESTful mode sends as a form. */
function formParameters(method: string, form: URLSearchParams): Record<string, unknown> {
  switch (method) {
    case 'adddomainkey':
      return { key: Object.fromEntries(form) }
    case 'setdomainmetadata':
      return { value: form.getAll('value[]') }
    default:
      return {}
  }
}

/** The components that may be the root. */
const ROOTS: ReadonlySet<string> = new Set(['qname', 'zonename', 'name'])
