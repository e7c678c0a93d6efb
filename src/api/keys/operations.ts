import { shownKey } from '../../keys/index.ts'
import type { KeyedEnv } from '../access.ts'
import { exactly, jsonBody, jsonReply, list, noBody, pathParameter, ref, text } from '../openapi/operation.ts'
import type { ServedOperation } from '../openapi/serve.ts'
import { json } from '../replies.ts'
import { forbidden } from '../requests.ts'
import { create, listAll, revoke } from './handlers.ts'

/** The operations on keys: names and scopes, and a secret once. */
export const keyOperations: readonly ServedOperation<KeyedEnv>[] = [
  {
    ...{ method: 'get', path: '/api/v1/key', operationId: 'getOwnKey', tags: ['keys'] },
    answer: (c) => json(200, shownKey(c.var.access.key)),
    summary: 'what the key that asks may do',
    responses: { 200: jsonReply('the key', ref('Key')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/keys', operationId: 'getKeys', tags: ['keys'] },
    answer: (c) => forbidden(c, { kind: 'keys' }) ?? listAll(c),
    summary: 'the names and scopes of all keys',
    responses: { 200: jsonReply('the keys', exactly({ keys: list(ref('Key')) }, { damaged: list(text) })) },
  },
  {
    ...{ method: 'post', path: '/api/v1/keys', operationId: 'createKey', tags: ['keys'] },
    answer: (c) => forbidden(c, { kind: 'keys' }) ?? create(c),
    summary: 'make a key; its secret is in this reply alone',
    requestBody: jsonBody(exactly({ name: text, scopes: list(text) }, { ends: { type: ['string', 'null'] } }), {
      ...{ name: 'ci', scopes: ['zone:example.com'], ends: '90d' },
    }),
    responses: {
      201: jsonReply(
        'the key and its secret',
        exactly({ id: text, name: text, scopes: list(text), secret: text }, { created: text, ends: text }),
      ),
    },
  },
  {
    ...{ method: 'delete', path: '/api/v1/keys/{id}', operationId: 'revokeKey', tags: ['keys'] },
    answer: (c) => forbidden(c, { kind: 'keys' }) ?? revoke(c),
    summary: 'revoke a key',
    parameters: [pathParameter('id', 'the id of the key', 'abcd2345')],
    responses: { 204: noBody('the key is gone') },
  },
]
