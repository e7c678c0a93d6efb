/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { MAX_PAGE_TOKEN_CHARS } from '../limits.ts'
import { LANDING_JS } from '../static/index.ts'
import { clientsOf } from './clients.tsx'
import type { DohServer } from './doh-server.ts'
import { Frame } from './frame.tsx'
import { Line } from './line.tsx'
import { type OtherNames, tellOtherNames } from './other-names.ts'
import { type TestQuestion, typesOf } from './test-question.ts'

export type LandingPage = {
  readonly endpoint: DohServer
  readonly otherNames: OtherNames
  readonly question: TestQuestion
}

/** Returns the page as HTML. The script only adds to it: tests, copies, puts a token in. */
export const landingPage = (page: LandingPage): string => `<!doctype html>${(<Landing {...page} />).toString()}\n`

const Landing = ({ endpoint, otherNames, question }: LandingPage) => {
  const { host, path, url } = endpoint
  const clients = clientsOf(endpoint, question)
  return (
    <Frame
      title={`DNS over HTTPS at ${host}`}
      description={`The DNS over HTTPS endpoint ${url}, and how to set clients up for it`}
      script={LANDING_JS}
    >
      <header>
        <p class="product">edge-gslb</p>
        <h1>DNS over HTTPS</h1>
        <p class="host">{host}</p>
      </header>
      <div class="columns">
        <nav aria-label="On this page">
          <ul>
            {SECTIONS.map(({ id, title }) => (
              <Entry id={id} title={title} />
            ))}
            {clients.map(({ id, title }) => (
              <Entry id={id} title={title} />
            ))}
            <Entry id="impossible" title="What cannot work" />
          </ul>
        </nav>
        <main id="main" data-host={host} data-path={path} data-url={url}>
          <section aria-labelledby="endpoint">
            <h2 id="endpoint">Endpoint</h2>
            <Line id="endpoint-url" label="The URL for clients of DNS over HTTPS" fill="url">
              {url}
            </Line>
            <p>
              Names in the zones served here are answered by the policies of their operator.{' '}
              {tellOtherNames(otherNames)}
            </p>
            {endpoint.isLoopback && <Loopback />}
          </section>
          <Test question={question} />
          <Token />
          {clients.map(({ id, title, body }) => (
            <section aria-labelledby={id}>
              <h2 id={id}>{title}</h2>
              {body}
            </section>
          ))}
          <Impossible />
        </main>
      </div>
      <p id="status" role="status" class="unseen" />
    </Frame>
  )
}

const SECTIONS = [
  { id: 'endpoint', title: 'Endpoint' },
  { id: 'test', title: 'Test' },
  { id: 'token', title: 'With a token' },
]

const Entry = ({ id, title }: { readonly id: string; readonly title: string }) => (
  <li>
    <a href={`#${id}`}>{title}</a>
  </li>
)

const Loopback = () => (
  <p class="note">
    This is a server on this machine, without TLS. curl's JSON and the test below work; the other clients want https,
    and work once the server is deployed, or stands behind a proxy with a certificate.
  </p>
)

const Test = ({ question }: { readonly question: TestQuestion }) => (
  <section aria-labelledby="test">
    <h2 id="test">Test</h2>
    <form id="test-form" class="fields" hidden>
      <div class="field">
        <label for="test-name">Name</label>
        <input
          id="test-name"
          value={question.name}
          maxlength={255}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
      </div>
      <div>
        <label for="test-type">Type</label>
        <select id="test-type">
          {typesOf(question).map(({ name, number, isChosen }) => (
            <option value={String(number)} selected={isChosen}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <button type="submit">Test</button>
    </form>
    <output id="test-result" for="test-name test-type" />
    <p data-without-script>
      The test is a query by this page, which needs JavaScript. The lines for curl ask the same.
    </p>
  </section>
)

/** The token stays in the browser: a page that got it in its URL would have it in logs. */
const Token = () => (
  <section aria-labelledby="token">
    <h2 id="token">With a token</h2>
    <p>
      If the operator gave you a token, it is the last part of the endpoint's path, behind a slash. It is a secret:
      whoever has the URL has the token.
    </p>
    <form id="token-form" class="fields" hidden>
      <div class="field">
        <label for="token-field">Token</label>
        <input
          id="token-field"
          aria-describedby="token-help token-problem"
          maxlength={MAX_PAGE_TOKEN_CHARS}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
      </div>
      <p id="token-help">
        All lines and the profile on this page take it up as you type. It is not sent anywhere until you use one.
      </p>
      <p id="token-problem" class="problem" role="alert" />
    </form>
    <p data-without-script>
      Put a slash and the token behind the path wherever it stands, and before “.mobileconfig” in the link to the
      profile. The DNS stamp with a token needs JavaScript.
    </p>
  </section>
)

const Impossible = () => (
  <section aria-labelledby="impossible">
    <h2 id="impossible">What cannot work</h2>
    <ul>
      <li>
        <strong>Android's “Private DNS”</strong> is DNS over TLS, which this endpoint cannot serve: it takes HTTPS
        alone. Chrome and Firefox on Android work, with the setting above.
      </li>
      <li>
        <strong>Plain DNS on port 53, DNS over TLS, DNS over QUIC</strong>, and so most routers, resolvers and
        systemd-resolved, for the same reason.
      </li>
    </ul>
    <p>
      The way out is dnsdist on a machine of your own: it answers these clients, and asks here over HTTPS. The
      operator's guide has a configuration:{' '}
      <a href={PORT_53} rel="noreferrer">
        Plain DNS: a front on port 53
      </a>
      .
    </p>
  </section>
)

const PORT_53 = 'https://github.com/edge-gslb/edge-gslb/blob/main/docs/port-53.md'
