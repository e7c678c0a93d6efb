import { expect, test } from 'vitest'
import { methodsOf } from '../../../src/api/methods.ts'

const methods = methodsOf([
  { method: 'ALL', path: '/api/*' },
  { method: 'OPTIONS', path: '/api/*' },
  { method: 'GET', path: '/api/v1/zones' },
  { method: 'POST', path: '/api/v1/zones' },
  { method: 'GET', path: '/api/v1/zones/:zone' },
  { method: 'DELETE', path: '/api/v1/zones/:zone{.+}' },
  { method: 'PUT', path: '/api/v1/files/*' },
  { method: 'PUT', path: '/api/v1/a.b' },
])

test.each([
  ['/api/v1/zones', ['GET', 'HEAD', 'POST']],
  ['/api/v1/zones/', []],
  ['/api/v1/zones/example.com', ['GET', 'HEAD', 'DELETE']],
  ['/api/v1/zones/example.com/x', ['DELETE']],
  ['/api/v1/files/a/b', ['PUT']],
  ['/api/v1/a.b', ['PUT']],
  ['/api/v1/axb', []],
  ['/api/v1/', []],
])('the methods of %s', (path, expected) => {
  expect(methods(path)).toEqual(expected)
})
