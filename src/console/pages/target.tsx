/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { TargetReport } from '../../health/index.ts'
import type { History } from '../../notify/index.ts'
import { CONSOLE_PLOT_CSS, CONSOLE_PLOT_JS } from '../../static/index.ts'
import { faultOf } from '../fault.tsx'
import { type Status, shownState, whyOf, zoneOfCheck } from '../model/report.ts'
import { Age, IslandData, Note, Panel, State, Table, ZoomButtons } from '../parts/index.ts'
import type { PageCode, Shown, Visit } from '../visit.ts'
import { ForceLink } from './health.tsx'

/** The spans that a reader chooses from, in hours. */
const SPANS = [1, 6, 24, 168] as const

/** One target: its state from each vantage point, and its past as a timeline and as latencies. */
export const target: PageCode = {
  async show(visit) {
    const { read, url, now } = visit
    const [check, name] = [url.searchParams.get('check') ?? '', url.searchParams.get('target') ?? '']
    const status = await read<Status>('/api/v1/health')
    if (!status.ok) return faultOf(status.error)
    const found = status.value.targets.find((one) => one.check === check && one.target === name)
    if (!found) return faultOf({ status: 404, why: `There is no target ${name} of the check ${check}.` })
    const zone = zoneOfCheck(check, status.value.zones)
    const hours = SPANS.find((span) => String(span) === url.searchParams.get('hours')) ?? 24
    const query = new URLSearchParams({ zone, target: name, from: new Date(now - hours * 3_600_000).toISOString() })
    const history = await read<History>(`/api/v1/health/history?${query}`)
    return pageOf(found, zone, hours, history.ok ? history.value : history.error.why, visit)
  },
}

function pageOf(found: TargetReport, zone: string, hours: number, history: History | string, visit: Visit): Shown {
  return {
    title: found.target,
    scripts: [CONSOLE_PLOT_JS],
    styles: [CONSOLE_PLOT_CSS],
    body: (
      <>
        <Now found={found} visit={visit} />
        {typeof history === 'string' ? (
          <Note kind="problem">Its past cannot be read: {history}</Note>
        ) : (
          <Past found={found} history={ofCheck(history, found.check)} hours={hours} visit={visit} />
        )}
        <Reports found={found} visit={visit} />
        <p class="muted">
          Zone {zone === '' ? 'unknown' : zone}. <a href="/console/health">All targets</a>
        </p>
      </>
    ),
  }
}

/** A target may have more than one check. */
const ofCheck = (history: History, check: string): History => ({
  ...history,
  changes: history.changes.filter((change) => change.check === check),
  latency: history.latency.filter((series) => series.check === check),
})

const Now = ({ found, visit }: { readonly found: TargetReport; readonly visit: Visit }) => {
  const { kind, word } = shownState(found)
  const { check, target: name, forced, real, since, interval, kind: way, unrunnable } = found
  return (
    <Panel
      id="now"
      title="Now"
      aside={
        visit.may({ kind: 'write-overrides' }) ? <ForceLink subject={{ check, target: name }} name={name} /> : undefined
      }
    >
      <dl class="facts">
        <dt>State</dt>
        <dd>
          <State kind={kind}>{word}</State>
        </dd>
        {forced && (
          <>
            <dt>Forced by</dt>
            <dd>
              {forced.by}: {forced.why}
            </dd>
          </>
        )}
        <dt>Measured</dt>
        <dd>
          {real}
          {since != null && (
            <>
              {', since '}
              <Age at={since} now={visit.now} />
            </>
          )}
        </dd>
        <dt>Why</dt>
        <dd>{unrunnable ?? (whyOf(found) || 'the last check passed')}</dd>
        <dt>Check</dt>
        <dd>
          {check}, {way} every {interval} s
        </dd>
      </dl>
    </Panel>
  )
}

type PastProps = {
  readonly found: TargetReport
  readonly history: History
  readonly hours: number
  readonly visit: Visit
}

const Past = ({ found, history, hours, visit }: PastProps) => (
  <Panel
    id="past"
    title="The past"
    aside={
      <nav aria-label="Span" class="spans">
        {SPANS.map((span) => (
          <a href={hrefOf(found, span)} aria-current={span === hours ? 'true' : undefined}>
            {span < 24 ? `${span} h` : span === 24 ? 'a day' : 'a week'}
          </a>
        ))}
      </nav>
    }
  >
    <IslandData id="history" value={history} />
    <div id="plots" hidden data-with-script>
      <ZoomButtons />
      <h3>State</h3>
      <div id="timeline" role="img" aria-label={timelineText(history)} />
      <h3>Latency</h3>
      <div id="latency" role="img" aria-label="Latency by vantage point; the table below has its figures" />
    </div>
    <div class="columns">
      <div>
        <h3>Changes</h3>
        <Table
          caption="Changes of state, the newest first"
          head={['When', 'State', 'Forced by']}
          empty="Nothing is known of this time."
          rows={[...history.changes]
            .reverse()
            .slice(0, MAX_CHANGES)
            .map(({ at, state, by }) => [
              <Age at={at} now={visit.now} />,
              <StateWord state={state} by={by} />,
              by ?? '',
            ])}
        />
        {history.changes.length > MAX_CHANGES && <p class="muted">The newest {MAX_CHANGES} are shown.</p>}
      </div>
      <div>
        <h3>Latency by vantage point</h3>
        <Table
          caption="Latency by vantage point, in milliseconds"
          head={['From', 'Last', 'Least', 'Median', 'Most', 'Samples']}
          numbers={[1, 2, 3, 4, 5]}
          empty="No latency is known of this time: a sample is kept every five minutes."
          rows={history.latency.map(({ vantage, ms }) => [vantage, ...summaryOf(ms)])}
        />
      </div>
    </div>
  </Panel>
)

const MAX_CHANGES = 100

const hrefOf = ({ check, target: name }: TargetReport, hours: number): string =>
  `/console/health/target?${new URLSearchParams({ check, target: name, hours: String(hours) })}`

const StateWord = ({ state, by }: { readonly state: string; readonly by?: string | undefined }) => (
  <State kind={by !== undefined ? 'forced' : state === 'up' || state === 'down' ? state : 'unknown'}>{state}</State>
)

function timelineText({ changes }: History): string {
  const downs = changes.filter(({ state }) => state === 'down').length
  return `Timeline of the state: ${changes.length} states, down ${downs} times; the table below has them`
}

function summaryOf(ms: readonly number[]): readonly string[] {
  const sorted = [...ms].sort((a, b) => a - b)
  const at = (part: number): string => String(sorted[Math.floor((sorted.length - 1) * part)] ?? '')
  return [String(ms.at(-1) ?? ''), at(0), at(0.5), at(1), String(ms.length)]
}

const Reports = ({ found, visit }: { readonly found: TargetReport; readonly visit: Visit }) => (
  <Panel id="reports" title="Seen from">
    <Table
      caption="What each vantage point reports"
      head={['From', 'State', 'Since', 'Last probe', 'Latency', 'Against it', 'Why']}
      numbers={[4]}
      empty="No vantage point has reported it yet."
      rows={found.reports.map(({ vantage, state, since, at, ms, count, needed, why, silent, held }) => [
        vantage,
        <State kind={silent ? 'unknown' : state}>{silent ? 'silent' : held ? `${state}, held` : state}</State>,
        since === null ? '' : <Age at={since} now={visit.now} />,
        at === null ? 'never' : <Age at={at} now={visit.now} />,
        at === null ? '' : `${ms} ms`,
        count === 0 ? '' : `${count} of ${needed} that would change it`,
        why,
      ])}
    />
  </Panel>
)
