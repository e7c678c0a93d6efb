import * as v from 'valibot'
import { object } from '../../schema.ts'
import { host, port, probed, text, type Verified, verified } from '../check-fields.ts'
import { hostHeader, serverNameOf, withoutPort } from './host-header.ts'
import type { CheckKind, ProbedAs } from './kind.ts'

type GrpcDocument = ProbedAs<'grpc'> &
  Verified & {
    readonly port: number
    /** The service to ask about; the default is the server as a whole. */
    readonly service?: string | undefined
    readonly tls?: boolean | undefined
    /** The :authority of the request. */
    readonly host?: string | undefined
  }

export type GrpcAction = {
  readonly kind: 'grpc'
  /** Empty for the server as a whole. */
  readonly service: string
  /** The :authority of the request. */
  readonly host: string
  readonly tls: boolean
  readonly serverName: string | undefined
  readonly verify: boolean
}

const SERVICE = 'expected the name of a service, like "shop.v1.Orders"'

export const grpc: CheckKind<GrpcDocument, GrpcAction> = {
  schema: object({
    kind: v.literal('grpc'),
    ...probed,
    port,
    service: v.optional(v.pipe(text, v.regex(/^[\x21-\x7e]{0,250}$/, SERVICE))),
    tls: v.optional(v.boolean('expected true or false')),
    host: v.optional(host),
    ...verified,
  }),
  defaultPort: ({ port }) => port,
  actionOf(document, endpoint) {
    const { service = '', tls = false, verify = true } = document
    const host = document.host ?? hostHeader(endpoint, tls ? 443 : 80)
    const serverName = tls ? serverNameOf(document.serverName ?? withoutPort(host)) : undefined
    return { kind: 'grpc', service, host, tls, serverName, verify }
  },
  contradiction(document) {
    const field = (['serverName', 'verify'] as const).find((name) => document[name] !== undefined)
    return field && !document.tls ? `"${field}" belongs to TLS; expected "tls": true beside it` : undefined
  },
}
