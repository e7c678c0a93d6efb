import { describe, expect, test } from 'vitest'
import { parseCall } from '../../../../src/api/remote-backend/call.ts'
import { must } from '../../support.ts'

const rest = (path: string, headers: Record<string, string> = {}) =>
  must(parseCall({ segments: path.split('/'), headers: new Headers(headers), body: undefined }))

const posted = (path: string, body: string) =>
  parseCall({ segments: path === '' ? [] : path.split('/'), headers: new Headers(), body })

describe('a call by path', () => {
  test.each([
    ['lookup/www%2eexample%2ecom%2e/ANY', { qname: 'www.example.com.', qtype: 'ANY' }],
    ['LookUp/%2a%2eexample%2ecom%2e/A', { qname: '*.example.com.', qtype: 'A' }],
    ['list/%2d1/example%2ecom%2e', { domain_id: '-1', zonename: 'example.com.' }],
    ['getDomainInfo/example%2ecom%2e', { name: 'example.com.' }],
    ['getdomainmetadata/example%2ecom%2e/PRESIGNED', { name: 'example.com.', kind: 'PRESIGNED' }],
    ['getAllDomains', {}],
  ])('%s has its parameters', (path, parameters) => {
    expect(rest(path)).toEqual({ method: path.split('/')[0]?.toLowerCase(), parameters })
  })
  test.each([
    [
      'addDomainKey/example%2ecom%2e',
      'active=1&content=Private%2dkey&flags=257&published=1',
      { name: 'example.com.', key: { active: '1', content: 'Private-key', flags: '257', published: '1' } },
    ],
    [
      'setDomainMetadata/example%2ecom%2e/NSEC3PARAM',
      'value[]=1%200%200%20%2d',
      { name: 'example.com.', kind: 'NSEC3PARAM', value: ['1 0 0 -'] },
    ],
    ['setDomainMetadata/example%2ecom%2e/NSEC3PARAM', '', { name: 'example.com.', kind: 'NSEC3PARAM', value: [] }],
    ['deactivateDomainKey/3/example%2ecom%2e', '', { id: '3', name: 'example.com.' }],
  ])('%s has those of its form "%s"', (path, body, parameters) => {
    expect(must(posted(path, body)).parameters).toEqual(parameters)
  })
  // URL parsers drop a segment %2e.
  test.each([
    ['lookup/SOA', { qname: '.', qtype: 'SOA' }],
    ['list/%2d1/', { domain_id: '-1', zonename: '.' }],
    ['getDomainInfo/', { name: '.' }],
    ['getBeforeAndAfterNamesAbsolute/7/', { id: '7', qname: '.' }],
    ['getDomainMetadata/PRESIGNED', { name: '.', kind: 'PRESIGNED' }],
  ])('%s is about the root', (path, parameters) => {
    expect(rest(path).parameters).toEqual(parameters)
  })
  test('has its other parameters in headers', () => {
    const headers = { 'X-RemoteBackend-remote': '192.0.2.1', 'x-remotebackend-real-remote': '198.18.0.0/24' }
    expect(rest('lookup/a%2e/A', { ...headers, 'x-remotebackend-zone-id': '-1' }).parameters).toEqual({
      ...{ qname: 'a.', qtype: 'A', remote: '192.0.2.1', 'real-remote': '198.18.0.0/24', 'zone-id': '-1' },
    })
  })
  test('a path that is not percent-encoded is refused', () => {
    expect(parseCall({ segments: ['lookup', '%zz', 'A'], headers: new Headers(), body: undefined }).ok).toBe(false)
  })
})

describe('a call by POST', () => {
  const parameters = { qname: 'www.example.com.', qtype: 'ANY', 'zone-id': -1 }
  test('is a form behind the method (post=1)', () => {
    const form = new URLSearchParams({ parameters: JSON.stringify(parameters) }).toString()
    expect(must(posted('lookup', form))).toEqual({ method: 'lookup', parameters })
  })
  test('is JSON without a method in the path (post_json=1)', () => {
    expect(must(posted('', JSON.stringify({ method: 'LOOKUP', parameters })))).toEqual({ method: 'lookup', parameters })
    expect(must(posted('', '{"method":"getAllDomains"}'))).toEqual({ method: 'getalldomains', parameters: {} })
  })
  test.each(['', '{', '[]', '{"parameters":{}}', '{"method":1}', '{"method":"list","parameters":[]}'])(
    '%j is refused',
    (body) => {
      expect(posted('', body).ok).toBe(false)
    },
  )
  test('a form whose parameters are not an object is refused', () => {
    expect(posted('lookup', 'parameters=1').ok).toBe(false)
  })
})
