import * as v from 'valibot'
import { object } from '../../schema.ts'
import { port, probed, type Verified, verified } from '../check-fields.ts'
import { serverNameOf } from './host-header.ts'
import type { CheckKind, ProbedAs } from './kind.ts'

type TlsDocument = ProbedAs<'tls'> & Verified & { readonly port?: number | undefined }

type TlsAction = { readonly kind: 'tls'; readonly serverName: string | undefined; readonly verify: boolean }

export const tls: CheckKind<TlsDocument, TlsAction> = {
  schema: object({ kind: v.literal('tls'), ...probed, port: v.optional(port), ...verified }),
  defaultPort: ({ port = 443 }) => port,
  actionOf: ({ serverName, verify = true }, { host }) => ({
    kind: 'tls',
    serverName: serverNameOf(serverName ?? host),
    verify,
  }),
  isForQueries: true,
}
