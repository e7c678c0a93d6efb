import * as v from 'valibot'
import { object } from '../../schema.ts'
import { type Expected, expected, port, probed, text } from '../check-fields.ts'
import type { CheckKind, ProbedAs } from './kind.ts'

type Conversation = { readonly send?: string | undefined; readonly expect?: Expected | undefined }

type TcpDocument = ProbedAs<'tcp'> & Conversation & { readonly port: number }

export type TcpAction = Conversation & { readonly kind: 'tcp' }

export const tcp: CheckKind<TcpDocument, TcpAction> = {
  schema: object({ kind: v.literal('tcp'), ...probed, port, send: v.optional(text), expect: v.optional(expected) }),
  defaultPort: ({ port }) => port,
  actionOf: ({ send, expect }) => ({ kind: 'tcp', send, expect }),
  searched: ({ expect }) => expect,
  isForQueries: true,
}
