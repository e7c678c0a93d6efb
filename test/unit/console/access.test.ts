import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import type { AccessTokens, ApiEnv } from '../../../src/api/index.ts'
import { answerConsole } from '../../../src/console/index.ts'
import { Api } from '../api/support.ts'

const TEAM = 'team.cloudflareaccess.com'
const AUDIENCE = '0123456789abcdef'.repeat(4)
const NOW = Math.floor(Date.now() / 1000)

let pair: Awaited<ReturnType<typeof generateKeyPair>>
beforeAll(async () => {
  pair = await generateKeyPair('RS256')
})

const people: AccessTokens = {
  ...{ team: TEAM, audience: AUDIENCE, admins: { emails: ['ops@example.com'], groups: [], tokens: [] } },
  async fetch() {
    return Response.json({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] })
  },
}

const tokenFor = (email: string) =>
  new SignJWT({ iss: `https://${TEAM}`, aud: [AUDIENCE], iat: NOW - 60, exp: NOW + 3600, email })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .sign(pair.privateKey)

/** Sends a request to a console behind Access. No page that is asked for here needs zones. */
function send(path: string, assertion: string, headers: Record<string, string> = {}, form?: Record<string, string>) {
  const { env } = new Api({ people, apiKey: undefined })
  const request = new Request(`https://gslb.test${path}`, {
    method: form ? 'POST' : 'GET',
    headers: { 'cf-access-jwt-assertion': assertion, ...headers },
    ...(form && { body: new URLSearchParams(form) }),
  })
  const control = env as ApiEnv['Bindings']
  return answerConsole(request, { control, api: async () => Response.json({}), sessionSalt: async () => 'salt' })
}

const formTokenOf = async (assertion: string): Promise<string> =>
  /name="token" value="([0-9a-f]{64})"/.exec(await (await send('/console/none', assertion)).text())?.[1] ?? ''

test('a person whom Access let through is signed in without a key, and signs out there', async () => {
  const html = await (await send('/console/none', await tokenFor('me@example.com'))).text()
  expect(html).toContain('>me@example.com<')
  expect(html).not.toContain('Sign out')
  expect((await send('/console', 'not.a.token')).status).toBe(200)
  expect(await (await send('/console', 'not.a.token')).text()).toContain('Key of the API')
})

test('forms have a token of this person, and no other one counts', async () => {
  const [mine, other] = [await tokenFor('me@example.com'), await tokenFor('other@example.com')]
  const [own, foreign] = [await formTokenOf(mine), await formTokenOf(other)]
  expect(own).not.toBe(foreign)
  const choose = (token: string, headers?: Record<string, string>) =>
    send('/console/theme', mine, headers, { token, theme: 'dark' })
  expect((await choose(own)).status).toBe(303)
  for (const token of ['', foreign, '0'.repeat(64)]) expect((await choose(token)).status).toBe(403)
  for (const headers of [{ Origin: 'https://evil.test' }, { 'Sec-Fetch-Site': 'cross-site' }] as const)
    expect((await choose(own, headers as unknown as Record<string, string>)).status).toBe(403)
})
