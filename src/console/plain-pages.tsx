/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import { pageHeaders } from '../landing/index.ts'
import { Document, Frame } from './frame.tsx'
import { Note } from './parts/index.ts'
import type { Theme } from './theme.ts'
import type { Page, Shown, Visit } from './visit.ts'

type Headers = Readonly<Record<string, string>>

/** Writes a page in its frame. A page may answer by itself: it leads elsewhere after a form. */
export function written(visit: Visit, page: Page | undefined, shown: Shown | Response): Response {
  if (shown instanceof Response) return shown
  const { title, status = 200, body, ...files } = shown
  return html(
    <Frame visit={visit} page={page} title={title} {...files}>
      {body}
    </Frame>,
    status,
  )
}

type SignInProps = {
  readonly theme: Theme
  /** The path of the console to go to then. */
  readonly to: string
  readonly status: number
  /** Tells what was wrong with the key that was sent. */
  readonly why?: string
  readonly headers?: Headers
}

/** The form with one field for the key. It needs no JavaScript, and no session. */
export const signInPage = ({ theme, to, status, why, headers = {} }: SignInProps): Response =>
  html(
    <Gate theme={theme} title="Sign in">
      {why !== undefined && (
        <div id="key-problem">
          <Note kind="problem">{why}</Note>
        </div>
      )}
      <form method="post" action="/console/session" class="fields">
        <input type="hidden" name="to" value={to} />
        {/* Browsers keep a password under a name, and say so on their console where a form has none. */}
        <input name="name" value="edge-gslb" autocomplete="username" hidden readonly />
        <div class="field">
          <label for="key">Key of the API</label>
          <input
            id="key"
            name="key"
            type="password"
            autocomplete="current-password"
            aria-describedby={why === undefined ? 'key-help' : 'key-problem key-help'}
            aria-invalid={why === undefined ? undefined : 'true'}
            required
          />
          <p class="help" id="key-help">
            A key that may read sees; one that may write changes.{' '}
            <code>npx edge-gslb key create NAME --scope read</code> makes one.
          </p>
        </div>
        <button type="submit">Sign in</button>
      </form>
    </Gate>,
    status,
    { ...(status === 401 && CHALLENGE), ...headers },
  )

/** RFC 9110 §15.5.2 wants a challenge. Browsers ask nobody for one that they do not know. */
const CHALLENGE = { 'WWW-Authenticate': 'X-API-Key realm="edge-gslb"' }

/** Says that there is no key yet, and how to make one. */
export const offPage = (theme: Theme): Response =>
  html(
    <Gate theme={theme} title="There is no key yet">
      <p>The console is for those who have a key of the API, and this deployment has none. Make the first one:</p>
      <pre>
        <code>npx edge-gslb key create NAME --scope everything --remote</code>
      </pre>
      <p>
        On your own machine leave <code>--remote</code> out. Or set a secret as the first key:
      </p>
      <pre>
        <code>npx wrangler secret put API_KEY</code>
      </pre>
      <p>Then load this page again.</p>
    </Gate>,
    404,
  )

/** A message to somebody who is not signed in. */
export const messagePage = (theme: Theme, status: number, why: string): Response =>
  html(
    <Gate theme={theme} title="You may not come in">
      <Note kind="problem">{why}</Note>
    </Gate>,
    status,
  )

const Gate = ({
  theme,
  title,
  children,
}: {
  readonly theme: Theme
  readonly title: string
  readonly children: Child
}) => (
  <Document title={title} theme={theme}>
    <main id="main" class="gate">
      <p class="brand">edge-gslb</p>
      <h1>{title}</h1>
      {children}
    </main>
  </Document>
)

/** Forms post to this origin alone. The page is for one reader, and for no cache. */
const html = (page: Child, status: number, headers: Headers = {}): Response =>
  new Response(`<!doctype html>${String(page)}\n`, {
    status,
    headers: {
      ...pageHeaders({ forms: true }),
      // Browsers send "Origin: null" with the forms of a page whose policy is no-referrer.
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-store',
      ...headers,
    },
  })
