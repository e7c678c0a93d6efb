import { VERSION } from '../../version.ts'
import { agentOperations, healthOperations } from '../health/operations.ts'
import { keyOperations } from '../keys/operations.ts'
import { metricsOperations } from '../metrics/operations.ts'
import { notifyOperations } from '../notify/operations.ts'
import { ownOperations } from '../own/operations.ts'
import { isPowerdns } from '../replies.ts'
import { DOCS_PATH, type Operation, type Schema, text } from './operation.ts'
import { powerdnsOperations } from './powerdns.ts'
import { schemas } from './schemas.ts'

/** The description itself. Its code is loaded with the first request, so that its route is in app.ts. */
const docsOperation: Operation = {
  ...{ method: 'get', path: DOCS_PATH, operationId: 'getDocs', tags: ['description'] },
  summary: 'this description',
  responses: {
    200: {
      description: 'OpenAPI 3.1',
      content: {
        'application/yaml': { schema: text },
        'application/json': { schema: { type: 'object', required: ['openapi', 'paths'] } },
      },
    },
  },
}

/** All operations of the API. Most have the function that answers them beside their description. */
export const operations: readonly (Operation & { readonly answer?: unknown })[] = [
  ...ownOperations,
  docsOperation,
  ...healthOperations,
  ...agentOperations,
  ...notifyOperations,
  ...metricsOperations,
  ...keyOperations,
  ...powerdnsOperations,
]

/** The description of the API, OpenAPI 3.1.1. */
type OpenApi = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, unknown>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly [kind: string]: unknown }
  readonly [member: string]: unknown
}

/** Describes the API. @param server the origin that requests go to */
export function openApi(server: string): OpenApi {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { method, path, answer: _, ...operation } of operations) {
    paths[path] ??= {}
    paths[path][method] = { ...operation, responses: { ...operation.responses, default: errorOf(path) } }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'edge-gslb',
      version: VERSION,
      description:
        "PowerDNS's HTTP API, and edge-gslb's own beside it. Every path but those of agents and /healthz needs a key.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: server }],
    security: [{ key: [] }, { bearer: [] }],
    tags: TAGS.map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  }
}

const errorOf = (path: string) =>
  isPowerdns(path)
    ? { description: 'an error', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
    : {
        description: 'an error (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      }

const TAGS: readonly (readonly [string, string])[] = [
  ['documents', 'zones as documents and zone files, their history and expectations'],
  ['answers', 'what is answered, and what a change would do'],
  ['health', 'states of targets, overrides, pushes and agents'],
  ['keys', 'the keys of this API, and what each may do'],
  ['description', 'this description'],
  ['servers', "PowerDNS's discovery, settings and search"],
  ['zones', "PowerDNS's zones and rrsets"],
  ['zonemetadata', "PowerDNS's metadata of zones"],
  ['zonecryptokey', 'keys of DNSSEC'],
  ['tsigkey', 'keys of transfers, of which there are none'],
  ['autoprimary', 'autoprimaries, of which there are none'],
  ['views', 'views and networks, of which there are none'],
]
