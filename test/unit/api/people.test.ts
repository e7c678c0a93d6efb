import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { AccessTokens } from '../../../src/api/index.ts'
import { API_KEY, Api } from './support.ts'

const TEAM = 'team.cloudflareaccess.com'
const AUDIENCE = '0123456789abcdef'.repeat(4)
const NOW = Math.floor(Date.now() / 1000)

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
let ours: Pair
let others: Pair
beforeAll(async () => {
  ;[ours, others] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
})
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
afterEach(() => vi.restoreAllMocks())

/** An API behind Access. `reads` has the addresses that the team's keys were read from. */
function behindAccess(more: Partial<AccessTokens> = {}, apiKey?: string) {
  const reads: string[] = []
  const people: AccessTokens = {
    ...{
      team: TEAM,
      audience: AUDIENCE,
      admins: { emails: ['ops@example.com'], groups: ['platform'], tokens: ['ci.access'] },
    },
    async fetch(url) {
      reads.push(url)
      const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
      return Response.json({ keys: [jwk] })
    },
    ...more,
  }
  return { api: new Api({ people, apiKey }), reads }
}

const token = (claims: Readonly<Record<string, unknown>> = {}, by: CryptoKey = ours.privateKey, header: object = {}) =>
  new SignJWT({
    ...{ iss: `https://${TEAM}`, aud: [AUDIENCE], iat: NOW - 60, exp: NOW + 3600, email: 'me@example.com', ...claims },
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
    .sign(by)

const keyOf = async (api: Api, jwt: string) => {
  const response = await api.fetch('GET', '/api/v1/key', { 'cf-access-jwt-assertion': jwt })
  return { status: response.status, body: (await response.json()) as { name: string; scopes: string[] } }
}

test.each<[string, Readonly<Record<string, unknown>>, string, string]>([
  ['a person may read', {}, 'me@example.com', 'read'],
  ['a person of the setting may do everything', { email: 'Ops@Example.com' }, 'ops@example.com', 'everything'],
  ['a group counts', { groups: ['x', 'platform'] }, 'me@example.com', 'everything'],
  [
    'a group among the claims of the provider, too',
    { custom: { groups: ['platform'] } },
    'me@example.com',
    'everything',
  ],
  ['a group that is no text does not', { groups: [['platform'], { platform: 1 }] }, 'me@example.com', 'read'],
  [
    'a person with the name of a group, or of a token, is none',
    { email: 'platform', sub: 'ci.access' },
    'platform',
    'read',
  ],
  [
    'a token with an address is no person',
    { email: undefined, common_name: 'ops@example.com' },
    'ops@example.com',
    'read',
  ],
  ['a service token has a name of its own', { email: undefined, common_name: 'ci.access' }, 'ci.access', 'everything'],
  ['another service token may read', { email: undefined, common_name: 'cd.access' }, 'cd.access', 'read'],
])('Access: %s', async (_, claims, name, scope) => {
  const { api, reads } = behindAccess()
  const { status, body } = await keyOf(api, await token(claims))
  expect([status, body.name, body.scopes]).toEqual([200, name, [scope]])
  expect(reads).toEqual([`https://${TEAM}/cdn-cgi/access/certs`])
})

test.each<[string, () => Promise<string>]>([
  ['of another audience', () => token({ aud: ['f'.repeat(64)] })],
  ['of another team', () => token({ iss: 'https://other.cloudflareaccess.com' })],
  ['that has ended', () => token({ exp: NOW - 1 })],
  ['that does not count yet', () => token({ nbf: NOW + 600 })],
  ['without an end', () => token({ exp: undefined })],
  ['by another key', () => token({}, others.privateKey)],
  ['by an unknown key', () => token({}, ours.privateKey, { kid: 'two' })],
  ['without a signature', async () => `${btoa('{"alg":"none"}')}.${(await token()).split('.')[1]}.`],
  ['by a shared secret: the public key', async () => hs256()],
  ['that is changed', async () => (await token()).replace(/\.([^.]{4})/, '.AAAA')],
  ['that is none', async () => 'x'],
  ['of many dots', async () => '.'.repeat(5000)],
])('Access: a token %s is a wrong key', async (_, make) => {
  const { api } = behindAccess()
  expect((await keyOf(api, await make())).status).toBe(401)
})

async function hs256(): Promise<string> {
  const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(ours.publicKey)))
  const claims = { iss: `https://${TEAM}`, aud: AUDIENCE, exp: NOW + 60, email: 'ops@example.com' }
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret)
}

test('Access: the keys of a team are read once, also for many unknown keys', async () => {
  const { api, reads } = behindAccess()
  for (let i = 0; i < 5; i++) await keyOf(api, await token())
  for (let i = 0; i < 5; i++) await keyOf(api, await token({}, ours.privateKey, { kid: `unknown ${i}` }))
  expect(reads).toHaveLength(1)
})

test.each<[string, AccessTokens['fetch']]>([
  ['cannot be reached', () => Promise.reject(new TypeError('secret detail'))],
  ['answer with an error', async () => new Response('no', { status: 500 })],
  ['are no JSON', async () => new Response('<html>')],
  ['are no keys', async () => Response.json({ keys: 'x' })],
])('Access: a team whose keys %s is a fault, and nobody comes in', async (_, fetch) => {
  const { api } = behindAccess({ fetch })
  const { status, body } = await keyOf(api, await token())
  expect([status, JSON.stringify(body).includes('secret detail')]).toEqual([503, false])
})

test('Access: a key counts before a token, and a wrong key does not become a right one', async () => {
  const { api } = behindAccess({}, API_KEY)
  const jwt = await token()
  const ask = async (key: string) =>
    (await api.fetch('GET', '/api/v1/key', { 'x-api-key': key, 'cf-access-jwt-assertion': jwt })).json()
  expect(await ask(API_KEY)).toMatchObject({ name: 'API_KEY' })
  expect(await ask('wrong')).toMatchObject({ status: 401 })
})

test('Access: without it a token is nothing, and with it the API is on', async () => {
  expect((await keyOf(new Api(), await token())).status).toBe(401)
  expect((await behindAccess().api.fetch('GET', '/api/v1/key')).status).toBe(401)
  expect((await keyOf(new Api({ apiKey: undefined }), await token())).status).toBe(404)
})

test.each<[string, Record<string, string>, number]>([
  ['without an origin', {}, 422],
  ['of its own pages', { Origin: 'https://gslb.test', 'Sec-Fetch-Site': 'same-origin' }, 422],
  ['of the address bar', { 'Sec-Fetch-Site': 'none' }, 422],
  ['of another site', { Origin: 'https://evil.example' }, 403],
  ['of another scheme', { Origin: 'http://gslb.test' }, 403],
  ['of a page without origin', { Origin: 'null' }, 403],
  ['of another site, without its name', { 'Sec-Fetch-Site': 'cross-site' }, 403],
  ['of another host of the site', { 'Sec-Fetch-Site': 'same-site' }, 403],
])('Access: a write %s', async (_, headers, status) => {
  const { api } = behindAccess()
  const jwt = await token({ email: 'ops@example.com' })
  const sent = { ...headers, 'cf-access-jwt-assertion': jwt }
  expect((await api.fetch('POST', '/api/v1/keys', sent, '{}')).status).toBe(status)
  expect((await api.fetch('GET', '/api/v1/key', sent)).status).toBe(200)
})
