/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import { CONSOLE_CSS, CONSOLE_JS, ICON_SVG } from '../static/index.ts'
import { PAGES } from './pages.ts'
import { ActionForm } from './parts/index.ts'
import { THEMES, type Theme } from './theme.ts'
import type { Page, Visit } from './visit.ts'

type DocumentProps = {
  readonly title: string
  readonly theme: Theme
  /** The token of the session, for the changes that islands ask for. */
  readonly formToken?: string
  readonly scripts?: readonly string[]
  /** True if a browser draws nothing before the scripts have run. One that fails to load holds nothing up. */
  readonly drawsAfterScripts?: boolean
  readonly styles?: readonly string[]
  readonly children: Child
}

/** The head of every page of the console, and a way past the navigation. */
export const Document = ({
  title,
  theme,
  formToken,
  scripts = [],
  drawsAfterScripts = false,
  styles = [],
  children,
}: DocumentProps) => (
  <html lang="en" data-theme={theme}>
    <head>
      <meta charset="utf-8" />
      <title>{`${title} · edge-gslb`}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
      <meta name="robots" content="noindex" />
      {formToken !== undefined && <meta name="form-token" content={formToken} />}
      <link rel="icon" href={ICON_SVG} type="image/svg+xml" />
      {[CONSOLE_CSS, ...styles].map((path) => (
        <link rel="stylesheet" href={path} />
      ))}
      {[CONSOLE_JS, ...scripts].map((path) => (
        <script type="module" src={path} blocking={drawsAfterScripts ? 'render' : undefined} />
      ))}
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      {children}
    </body>
  </html>
)

type FrameProps = Omit<DocumentProps, 'theme' | 'formToken'> & {
  readonly visit: Visit
  readonly page: Page | undefined
}

/** A page with the navigation: what the key may not see is not in it. */
export const Frame = ({ visit, page, title, children, ...document }: FrameProps) => (
  <Document title={title} theme={visit.theme} formToken={visit.formToken} {...document}>
    <header class="bar">
      <a class="brand" href="/console">
        edge-gslb
      </a>
      <nav aria-label="Console">
        <ul>
          {PAGES.filter((one) => isShown(one, visit)).map((one) => (
            <li>
              <a href={one.path} aria-current={one === page ? 'page' : undefined}>
                {one.title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="who">
        <span class="key" title="The key that is signed in">
          {visit.key.name}
        </span>
        {visit.hasSession && (
          <ActionForm visit={visit} action="/console/sign-out" class="inline">
            <button type="submit" class="plain small">
              Sign out
            </button>
          </ActionForm>
        )}
      </div>
    </header>
    <main id="main" tabindex={-1}>
      <h1>{title}</h1>
      {children}
    </main>
    <footer>
      <ActionForm visit={visit} action="/console/theme" class="inline" label="Colours">
        <input type="hidden" name="to" value={visit.url.pathname + visit.url.search} />
        {THEMES.map((theme) => (
          <button type="submit" class="plain small" name="theme" value={theme} aria-pressed={theme === visit.theme}>
            {THEME_WORDS[theme]}
          </button>
        ))}
      </ActionForm>
    </footer>
    <p id="status" role="status" class="unseen" />
  </Document>
)

const isShown = ({ isListed, needs, isOfTraffic }: Page, { may, hasTraffic }: Visit): boolean =>
  isListed && (!needs || may(needs)) && (!isOfTraffic || hasTraffic)

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: 'System colours', light: 'Light', dark: 'Dark' }
