import { authenticate, type Sender } from '../api/index.ts'
import { findSession, type Key, sessionsOf } from '../keys/index.ts'
import { cookiesOf } from './cookies.ts'
import type { ConsoleSettings } from './settings.ts'

/** Tells who a request is from. `form` is the token that forms have to carry. */
export type SignedIn = {
  readonly kind: 'in'
  readonly key: Key
  readonly form: string
  /** False for people of Cloudflare Access, who sign out there. */
  readonly hasSession: boolean
}

/** Tells who a request is from; or why it is from nobody. */
type Somebody = SignedIn | Exclude<Sender, { readonly kind: 'key' }>

/** The name of the session's cookie. */
const COOKIE = 'edge_gslb_session'

/** Finds who is signed in: by the session's cookie, else by Cloudflare Access. @throws if storage cannot be read */
export async function signedIn(request: Request, settings: ConsoleSettings, now: number): Promise<Somebody> {
  const { control } = settings
  for (const text of sessionsOf(cookiesOf(request).get(COOKIE) ?? [])) {
    const session = await findSession(text, control, await settings.sessionSalt(), now)
    if (session) return { kind: 'in', key: session.key, form: session.form, hasSession: true }
  }
  const sender = await authenticate(withoutKey(request), control, now)
  if (sender.kind !== 'key') return sender
  return { kind: 'in', key: sender.key, form: await formTokenOf(request), hasSession: false }
}

/** A page takes no key from a header: only the form counts wrong ones. */
function withoutKey({ url, headers }: Request): Request {
  const others = new Headers(headers)
  for (const name of ['x-api-key', 'authorization']) others.delete(name)
  return new Request(url, { headers: others })
}

/** Access signs a token for each person: what only its holder can compute is a token for forms. */
async function formTokenOf({ headers }: Request): Promise<string> {
  const assertion = headers.get('cf-access-jwt-assertion') ?? ''
  if (assertion === '') return ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`form ${assertion}`))
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, '0')).join('')
}

/**
 * Returns the header that keeps a session, or ends it. Scripts cannot read it, and no request that another site begins
 * has it.
 * @param seconds how long it lasts; 0 ends it
 * @param isPlain true for http on loopback, where browsers keep no Secure cookie in every case
 */
export const sessionCookie = (text: string, seconds: number, isPlain: boolean): string =>
  `${COOKIE}=${text}; Path=/console; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isPlain ? '' : '; Secure'}`

/** True for http on the reader's own machine. */
export const isPlainLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
