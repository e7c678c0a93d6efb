import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Key } from '../keys/index.ts'
import { MAX_KEY_NAME_CHARS } from '../limits.ts'
import type { AccessTokens, Admins, Sender } from './access.ts'

/** The header that Cloudflare Access sets on requests that it let through. */
const HEADER = 'cf-access-jwt-assertion'

/**
 * Finds the person, or the service token, that Cloudflare Access let through; undefined for a request without its
 * token. A person may read; those that the setting names may do everything.
 * @param now milliseconds since the epoch
 * @throws if the team's keys cannot be read
 */
export async function personOf(request: Request, tokens: AccessTokens, now: number): Promise<Sender | undefined> {
  const token = request.headers.get(HEADER)
  if (!token) return undefined
  const claims = await claimsOf(token, tokens, now)
  if (claims === undefined) return { kind: 'wrong' }
  if (isForeign(request)) return { kind: 'refused', status: 403, why: FOREIGN }
  return { kind: 'key', key: keyOf(claims, tokens.admins) }
}

async function claimsOf(token: string, tokens: AccessTokens, now: number): Promise<JWTPayload | undefined> {
  const { audience } = tokens
  const issuer = `https://${tokens.team}`
  try {
    const verified = await jwtVerify(token, keysOf(tokens), {
      ...{ issuer, audience, algorithms: ['RS256'], currentDate: new Date(now), requiredClaims: ['exp'] },
    })
    return verified.payload
  } catch (error) {
    // A bad token is a fault of its sender; bad keys of the team are none.
    if (error instanceof errors.JOSEError && !isFault(error)) return undefined
    throw error
  }
}

const isFault = (error: errors.JOSEError): boolean =>
  error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC'

/** The keys of a team, which are read again at most every 30 s, however many tokens name an unknown key. */
const keySets = new WeakMap<AccessTokens, ReturnType<typeof createRemoteJWKSet>>()

function keysOf(tokens: AccessTokens): ReturnType<typeof createRemoteJWKSet> {
  const known = keySets.get(tokens)
  if (known) return known
  const url = new URL(`https://${tokens.team}/cdn-cgi/access/certs`)
  const keys = createRemoteJWKSet(url, { [customFetch]: (address, options) => tokens.fetch(address, options) })
  keySets.set(tokens, keys)
  return keys
}

/**
 * Returns true for a write that a page of another site caused: Access adds its token to each request with its cookie.
 */
function isForeign({ method, headers, url }: Request): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  return (origin !== null && origin !== new URL(url).origin) || (site !== null && !SAME_SITE.includes(site))
}

const SAME_SITE = ['same-origin', 'none']

const FOREIGN = 'a page of another site sent this; expected a page of this one, or an API key'

function keyOf(claims: JWTPayload, admins: Admins): Key {
  const email = textOf(claims.email)?.toLowerCase()
  // A service token has a name in place of an address.
  const token = textOf(claims.common_name)
  const isAdmin =
    (email !== undefined && admins.emails.includes(email)) ||
    (token !== undefined && admins.tokens.includes(token)) ||
    groupsOf(claims).some((group) => admins.groups.includes(group))
  const name = email ?? token ?? textOf(claims.sub) ?? 'somebody'
  return {
    id: 'access',
    name: name.slice(0, MAX_KEY_NAME_CHARS),
    scopes: [{ kind: isAdmin ? 'everything' : 'read' }],
    created: (claims.iat ?? 0) * 1000,
    ends: (claims.exp ?? 0) * 1000,
  }
}

/** Groups are among the claims that Access was told to add. */
function groupsOf({ groups, custom }: JWTPayload): readonly string[] {
  const inner = typeof custom === 'object' && custom !== null && 'groups' in custom ? custom.groups : undefined
  return [groups, inner].flatMap((list) =>
    Array.isArray(list) ? list.filter((group) => typeof group === 'string') : [],
  )
}

const textOf = (claim: unknown): string | undefined => (typeof claim === 'string' && claim !== '' ? claim : undefined)
