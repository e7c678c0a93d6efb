import * as v from 'valibot'
import { object } from '../../schema.ts'
import { type Expected, type Verified, verified } from '../check-fields.ts'
import type { Endpoint } from '../endpoint.ts'
import { hostHeader, serverNameOf, withoutPort } from './host-header.ts'
import { type HttpFields, httpFields, type LoadSource, parseStatus } from './http-fields.ts'
import type { CheckKind, ProbedAs } from './kind.ts'

type HttpDocument = ProbedAs<'http'> & HttpFields
type HttpsDocument = ProbedAs<'https'> & HttpFields & Verified

export type HttpAction = {
  readonly kind: 'http' | 'https'
  readonly method: string
  readonly path: string
  /** The Host header. */
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  /** Ranges of valid status codes, each with its first and last. */
  readonly status: readonly (readonly [number, number])[]
  readonly body?: Expected | undefined
  readonly bytes: number
  readonly userAgent: string
  readonly redirects: 'follow' | 'refuse'
  readonly weight?: 'body' | undefined
  readonly load?: LoadSource | undefined
  /** For https, the name that is sent (SNI) and verified. */
  readonly serverName?: string | undefined
  /** False if the certificate is not verified. */
  readonly verify: boolean
}

const DEFAULT_PORT = { http: 80, https: 443 } as const
const DEFAULT_BODY_BYTES = 65_536

/** The traits of both kinds. */
const traits = {
  defaultPort: ({ kind, port = DEFAULT_PORT[kind] }: HttpDocument | HttpsDocument) => port,
  actionOf: httpAction,
  contradiction,
  searched: ({ body }: HttpDocument | HttpsDocument | HttpAction) => body,
  searchedOctets: ({ bytes = DEFAULT_BODY_BYTES }: HttpDocument | HttpsDocument) => bytes,
  summary: ({ kind, method, path }: HttpAction) => `${kind} ${method} ${path}`,
  isForQueries: true,
} as const

export const http: CheckKind<HttpDocument, HttpAction> = {
  schema: object({ kind: v.literal('http'), ...httpFields }),
  ...traits,
}

export const https: CheckKind<HttpsDocument, HttpAction> = {
  schema: object({ kind: v.literal('https'), ...httpFields, ...verified }),
  ...traits,
}

export function httpAction(document: HttpDocument | HttpsDocument, endpoint: Endpoint): HttpAction {
  const { kind, status = 200 } = document
  const host = document.host ?? hostHeader(endpoint, DEFAULT_PORT[kind])
  const statuses = Array.isArray(status) ? status : [status]
  return {
    kind,
    method: document.method ?? 'GET',
    path: document.path ?? '/',
    host,
    headers: Object.fromEntries(Object.entries(document.headers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
    status: statuses.map((range) => parseStatus(range) as readonly [number, number]),
    body: document.body,
    bytes: document.bytes ?? DEFAULT_BODY_BYTES,
    userAgent: document.userAgent ?? 'edge-gslb',
    redirects: document.redirects ?? 'refuse',
    weight: document.weight,
    load: document.load,
    serverName: document.kind === 'https' ? serverNameOf(document.serverName ?? withoutPort(host)) : undefined,
    verify: document.kind === 'https' ? (document.verify ?? true) : true,
  }
}

function contradiction(document: HttpDocument | HttpsDocument): string | undefined {
  if (document.host !== undefined && has(document.headers, 'host')) {
    return 'the header "Host" and "host" say the same; expected one of them'
  }
  if (document.userAgent !== undefined && has(document.headers, 'user-agent')) {
    return 'the header "User-Agent" and "userAgent" say the same; expected one of them'
  }
  return document.method === 'HEAD' && (document.body || document.weight || document.load)
    ? 'a reply to HEAD has no body; expected another "method", or no "body", "weight" and "load"'
    : undefined
}

const has = (headers: Readonly<Record<string, string>> | undefined, name: string): boolean =>
  Object.keys(headers ?? {}).some((key) => key.toLowerCase() === name)
