import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { checkSchema, compileCheck, type HttpAction, probeBlocker } from '../../../src/health/index.ts'
import { isPublicHost } from '../../../src/net/index.ts'
import { follow } from '../../../src/probe/redirect.ts'

const http = { kind: 'http' } as const
const checked = (check: object) => v.safeParse(checkSchema, { ...http, ...check })
const compiled = (check: object, target = '192.0.2.1') =>
  compileCheck({ ...http, ...check } as never, target, undefined, {
    zone: 'example.com',
    named: {},
    stale: { after: 900, policy: 'keep' },
  })

describe('headers of checks that would break the request are refused', () => {
  test.each([
    'Content-Length',
    'content-length',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Upgrade',
    'Expect',
    'HTTP2-Settings',
  ])('%s', (name) => {
    expect(checked({ headers: { [name]: 'x' } }).issues?.[0]?.message).toMatch(/belongs to the connection; expected/)
  })
  test.each([
    ['Host', 'host'],
    ['X-A', 'x-a'],
    ['User-Agent', 'USER-AGENT'],
  ])('%s and %s', (a, b) => {
    expect(checked({ headers: { [a]: 'x', [b]: 'y' } }).issues?.[0]?.message).toMatch(/is there twice; expected each/)
  })
  test.each([
    [{ host: 'a.example', headers: { HOST: 'b.example' } }, /"Host" and "host"/],
    [{ userAgent: 'a', headers: { 'user-agent': 'b' } }, /"User-Agent" and "userAgent"/],
  ])('%j', (check, expected) => {
    expect(compiled(check)).toMatchObject({ ok: false, error: expect.stringMatching(expected) })
  })
  test.each([{ Host: 'b.example' }, { Authorization: 'Basic eDp5' }, { 'X-Probe': '1', Accept: 'text/html' }])(
    '%j is taken',
    (headers) => {
      expect(checked({ headers }).success).toBe(true)
      expect(compiled({ headers }).ok).toBe(true)
    },
  )
})

describe('hosts that are not on the Internet', () => {
  test.each([
    ['127.0.0.1', false],
    ['10.1.2.3', false],
    ['100.64.0.1', false],
    ['169.254.169.254', false],
    ['0.0.0.0', false],
    ['255.255.255.255', false],
    ['224.0.0.1', false],
    ['::', false],
    ['::1', false],
    ['[::1]', false],
    ['::ffff:127.0.0.1', false],
    ['[::ffff:7f00:1]', false],
    ['::ffff:8.8.8.8', true],
    ['::127.0.0.1', false],
    ['64:ff9b::7f00:1', false],
    ['2002:7f00:1::', false],
    ['fe80::1', false],
    ['fec0::1', false],
    ['fd00::1', false],
    ['ff02::1', false],
    ['127.1', false],
    ['127.0.1', false],
    ['2130706433', false],
    ['0x7f.1', false],
    ['0x7f000001', false],
    ['0177.0.0.1', false],
    ['017700000001', false],
    ['1.2.3.0x', false],
    ['example.com.127', false],
    ['localhost', false],
    ['localhost.', false],
    ['localhost..', false],
    ['example.com..', false],
    ['LOCALHOST', false],
    ['a.localhost', false],
    ['a.localhost.', false],
    ['localhost.localdomain', false],
    ['ip6-localhost', false],
    ['printer.local', false],
    ['db.internal', false],
    ['metadata.google.internal', false],
    ['router.home.arpa', false],
    ['intranet', false],
    ['abc.onion', false],
    ['8.8.8.8', true],
    ['192.0.2.1', true],
    ['2001:db8::1', true],
    ['2606:2800::1', true],
    ['www.example.com', true],
    ['www.example.com.', true],
    ['local.example.com', true],
    ['1.example.com', true],
    ['notlocalhost.com', true],
  ])('%s: public %s', (host, expected) => expect(isPublicHost(host)).toBe(expected))

  test.each(['127.1', '0x7f.1', '2130706433', '0177.0.0.1', 'www.example.0x1', '1.2.3'])(
    '%s is not a target',
    (host) => {
      expect(compiled({}, host)).toMatchObject({ ok: false, error: expect.stringMatching(/is not a target; expected/) })
    },
  )
  test.each(['localhost.', 'a.localhost', '[::1]', '::ffff:10.0.0.1', 'db.internal'])(
    '%s is not probed at the edge',
    (host) => {
      const condition = compiled({}, host)
      if (!condition.ok || condition.value.kind !== 'probe') throw new Error(host)
      expect(probeBlocker(condition.value.probe, 'edge')).toMatch(/is not a public/)
      expect(probeBlocker(condition.value.probe, 'workerd')).toBeUndefined()
    },
  )
})

describe('a redirect does not take secrets to another origin', () => {
  const headers = { Authorization: 'a', Cookie: 'b', 'X-Api-Key': 'c', 'X-Anything': 'd', Accept: 'text/html' }
  const action = { kind: 'https', host: 'www.example.com', path: '/', method: 'GET', headers } as unknown as HttpAction
  const start = { host: '192.0.2.1', port: 443, action: { ...action, serverName: 'www.example.com' } } as never
  const after = (location: string) => {
    const next = follow({ status: 302, location } as never, start, start)
    return next.ok ? Object.keys(next.value.action.headers) : next.error
  }
  const ALL = Object.keys(headers)
  test.each([
    ['/there', ALL],
    ['https://www.example.com/there', ALL],
    ['https://WWW.example.com.:443/there', ALL],
    ['http://www.example.com/', ['Accept']],
    ['http://www.example.com:443/', ['Accept']],
    ['https://www.example.com:8443/', ['Accept']],
    ['https://example.com/', ['Accept']],
    ['https://www.example.com.evil.example/', ['Accept']],
    ['//evil.example/', ['Accept']],
    ['https://192.0.2.1/', ['Accept']],
    ['http://127.0.0.1/', 'redirected to a private address'],
    ['http://0x7f.1/', 'redirected to a private address'],
    ['http://2130706433/', 'redirected to a private address'],
    ['http://[::ffff:127.0.0.1]/', 'redirected to a private address'],
    ['http://localhost./', 'redirected to a private address'],
    ['http://metadata.google.internal/', 'redirected to a private address'],
  ])('%s', (location, expected) => expect(after(location)).toEqual(expected))
})
