import { problem } from '../http/index.ts'
import { MAX_PAGE_TOKEN_CHARS } from '../limits.ts'
import { PROFILE_SUFFIX } from '../profile-suffix.ts'
import { fileAt } from '../static/index.ts'
import { dohServerAt } from './doh-server.ts'
import { type LandingPage, landingPage } from './page.tsx'
import { profileOf } from './profile.ts'
import { pageHeaders } from './security.ts'
import { TOKEN } from './token.ts'

/** The facts of the deployment that the page tells. */
type LandingSettings = {
  /** The path of the DoH endpoint. */
  readonly path: string
  /**
   * Returns the rest of what the page tells: asked for the page alone.
   * @param host the host of the page, without a port
   */
  readonly facts: (host: string) => Promise<Pick<LandingPage, 'otherNames' | 'question'>>
}

/** Answers a request for anything but DNS and the APIs: the landing page, its files, profiles, and 404 for the rest. */
export async function answerPage(request: Request, settings: LandingSettings): Promise<Response> {
  const response = await answer(request, settings)
  return request.method === 'HEAD' ? new Response(null, response) : response
}

function answer(request: Request, settings: LandingSettings): Response | Promise<Response> {
  const { pathname } = new URL(request.url)
  const reply = replyFor(pathname, request, settings)
  if (!reply) return problem(404, `expected ${settings.path}, /resolve, /api/v1/… or /`)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  return isRead ? reply() : problem(405, `expected one of ${METHODS}`, { Allow: METHODS })
}

const METHODS = 'GET, HEAD'

function replyFor(
  pathname: string,
  request: Request,
  settings: LandingSettings,
): (() => Response | Promise<Response>) | undefined {
  if (pathname === '/') return () => page(request, settings)
  const file = fileAt(pathname)
  if (file) return file
  const path = profiledPath(pathname, settings.path)
  return path === undefined ? undefined : () => profile(request, path)
}

/**
 * The page depends on the host and perhaps on the reader's address: it is asked for again each time, and seldom sent.
 */
async function page(request: Request, { path, facts }: LandingSettings): Promise<Response> {
  const endpoint = dohServerAt(request.url, path)
  if (!endpoint.ok) return problem(400, endpoint.error)
  const html = landingPage({ endpoint: endpoint.value, ...(await facts(endpoint.value.hostname)) })
  const etag = await tagOf(html)
  const headers = { ...pageHeaders({ forms: false }), 'Cache-Control': 'private, no-cache', ETag: etag }
  const isKnown = request.headers
    .get('if-none-match')
    ?.split(/\s*,\s*/)
    .some((tag) => tag.replace(/^W\//, '') === etag)
  return isKnown ? new Response(null, { status: 304, headers }) : new Response(html, { headers })
}

async function tagOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `"${Array.from(new Uint8Array(digest).subarray(0, 16), (octet) => octet.toString(16).padStart(2, '0')).join('')}"`
}

/**
 * Returns the endpoint's path that a profile is asked for, with a token in it or without. The token is not looked up:
 * the profile of a wrong one looks as that of a right one.
 */
function profiledPath(pathname: string, path: string): string | undefined {
  if (!pathname.endsWith(PROFILE_SUFFIX)) return undefined
  const asked = pathname.slice(0, -PROFILE_SUFFIX.length)
  if (asked === path) return asked
  if (!asked.startsWith(`${path}/`)) return undefined
  const token = asked.slice(path.length + 1)
  return token.length <= MAX_PAGE_TOKEN_CHARS && TOKEN.test(token) ? asked : undefined
}

/** The path may have a secret, so that nobody keeps the profile. */
async function profile(request: Request, path: string): Promise<Response> {
  const endpoint = dohServerAt(request.url, path)
  if (!endpoint.ok) return problem(400, endpoint.error)
  const name = `${endpoint.value.host.replaceAll(/[^a-z0-9.-]/g, '-')}${PROFILE_SUFFIX}`
  return new Response(await profileOf(endpoint.value), {
    headers: {
      'Content-Type': 'application/x-apple-aspen-config',
      'Content-Disposition': `attachment; filename="${name}"`,
      'Cache-Control': 'private, no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}
