import { keyed } from '../api/index.ts'
import { logEvent } from '../events.ts'
import { connectionOf } from '../http/index.ts'
import { Guesses, makeSession } from '../keys/index.ts'
import { MAX_CONSOLE_KEY_CHARS } from '../limits.ts'
import { cookiesOf } from './cookies.ts'
import { offPage, signInPage } from './plain-pages.tsx'
import { ownPath, seeOther } from './redirect.ts'
import type { ConsoleSettings } from './settings.ts'
import { isPlainLoopback, sessionCookie, signedIn } from './signed-in.ts'
import { themeIn } from './theme.ts'

/** The wrong keys of this isolate. A right key is never counted, and never refused for the wrong ones. */
const guesses = new Guesses(logEvent)

/** Signs somebody in who sent a key. The reply to a wrong one is the form again, and says what is wrong. */
export async function signIn(
  request: Request,
  form: URLSearchParams,
  settings: ConsoleSettings,
  now: number,
): Promise<Response> {
  const url = new URL(request.url)
  const theme = themeIn(cookiesOf(request))
  const to = ownPath(form.get('to'))
  const secret = (form.get('key') ?? '').trim()
  const again = (status: number, why: string, headers?: Readonly<Record<string, string>>): Response =>
    signInPage({ theme, to, status, why, ...(headers && { headers }) })
  if (secret === '') return again(401, 'The field is empty; expected the secret of a key.')
  const sender = secret.length > MAX_CONSOLE_KEY_CHARS ? undefined : await keyed(secret, settings.control, now)
  if (sender?.kind === 'key') {
    const salt = await settings.sessionSalt()
    const session = await makeSession(sender.key, secret, salt, now, (octets) => crypto.getRandomValues(octets))
    const seconds = Math.floor((session.ends - now) / 1000)
    return seeOther(to, { 'Set-Cookie': sessionCookie(session.text, seconds, isPlainLoopback(url)) })
  }
  if (sender?.kind === 'refused') return again(sender.status, sender.why)
  if ((await signedIn(request, settings, now)).kind === 'off') return offPage(theme)
  const wait = guesses.wrong(connectionOf(request), now)
  if (wait === undefined) return again(401, UNKNOWN)
  return again(429, TOO_MANY, { 'Retry-After': String(Math.ceil(wait / 1000)) })
}

const UNKNOWN =
  'This key is not known here; expected the secret of one that “npx edge-gslb key list” shows, or API_KEY.'
const TOO_MANY = 'There were too many wrong keys from this address; expected at most one a second.'
