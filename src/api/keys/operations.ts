import {
  exactly,
  jsonBody,
  jsonReply,
  list,
  noBody,
  type Operation,
  pathParameter,
  ref,
  text,
} from '../openapi/operation.ts'

/** The routes of `keyRoutes`, and their documentation. */
export const keyOperations: readonly Operation[] = [
  {
    ...{ method: 'get', path: '/api/v1/key', operationId: 'getOwnKey', tags: ['keys'] },
    summary: 'what the key that asks may do',
    responses: { 200: jsonReply('the key', ref('Key')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/keys', operationId: 'getKeys', tags: ['keys'] },
    summary: 'the names and scopes of all keys',
    responses: { 200: jsonReply('the keys', exactly({ keys: list(ref('Key')) }, { damaged: list(text) })) },
  },
  {
    ...{ method: 'post', path: '/api/v1/keys', operationId: 'createKey', tags: ['keys'] },
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
    summary: 'revoke a key',
    parameters: [pathParameter('id', 'the id of the key', 'abcd2345')],
    responses: { 204: noBody('the key is gone') },
  },
]
