/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { TargetReport } from '../../health/index.ts'
import type { EventJson } from '../../notify/index.ts'
import type { Result } from '../../result.ts'
import { faultOf } from '../fault.tsx'
import { dayStrips, type StripCell } from '../model/day-strip.ts'
import { type Finding, findingsOf } from '../model/findings.ts'
import { type ShownState, type Status, shownState, type ZoneRow } from '../model/report.ts'
import { Age, Note, PagerIfLong, Panel, pageOf, State, type StateKind, Strip, Table } from '../parts/index.ts'
import type { ApiFault, PageCode, Visit } from '../visit.ts'
import { zonePath } from '../zone/paths.ts'

/** Tells what is wrong now, then the checks of the last day, and the zones. */
export const overview: PageCode = {
  async show(visit) {
    const seesHealth = visit.may({ kind: 'read-health' })
    const seesZones = visit.may({ kind: 'list-zones' })
    const [health, zones] = await Promise.all([
      seesHealth ? healthOf(visit) : undefined,
      seesZones ? visit.read<{ readonly zones: readonly ZoneRow[] }>('/api/v1/zones') : undefined,
    ])
    if (health && !health.ok) return faultOf(health.error)
    return {
      title: 'Overview',
      body: (
        <>
          {health ? (
            <Findings found={health.value.findings} visit={visit} />
          ) : (
            <Note>The key {visit.key.name} may not read health: this page shows its zones alone.</Note>
          )}
          {health && health.value.status.targets.length > 0 && <Checks health={health.value} visit={visit} />}
          {zones?.ok && <Zones zones={zones.value.zones} visit={visit} />}
          {zones && !zones.ok && <Note kind="problem">The zones cannot be listed: {zones.error.why}</Note>}
        </>
      ),
    }
  },
}

type HealthOverview = {
  readonly status: Status
  readonly findings: readonly Finding[]
  readonly strips: ReadonlyMap<string, readonly StripCell[]>
}

/** Events that a day's strips are made of: as many as the API gives out at once. */
const MAX_EVENTS = 1000

async function healthOf({ read, now }: Visit): Promise<Result<HealthOverview, ApiFault>> {
  const since = new Date(now - 86_400_000).toISOString()
  const [status, events] = await Promise.all([
    read<Status>('/api/v1/health'),
    read<{ readonly events: readonly EventJson[] }>(`/api/v1/health/events?from=${since}&limit=${MAX_EVENTS}`),
  ])
  if (!status.ok) return status
  const happened = events.ok ? events.value.events : []
  return {
    ok: true,
    value: {
      status: status.value,
      findings: findingsOf(status.value, now),
      strips: dayStrips(status.value.targets, happened, happened.length >= MAX_EVENTS, now),
    },
  }
}

const FINDINGS_A_PAGE = 25

const Findings = ({ found, visit }: { readonly found: readonly Finding[]; readonly visit: Visit }) => {
  if (found.length === 0)
    return (
      <Panel id="wrong" title="Nothing is wrong" class="good">
        <p class="empty">
          Every pool has its members, every target is up or not checked, and every vantage point reports.
        </p>
      </Panel>
    )
  const { page, rows } = pageOf(found, visit.url, FINDINGS_A_PAGE, 'finding')
  const isBad = found.some(({ kind }) => kind === 'down')
  return (
    <Panel id="wrong" title="What is wrong now" aside={countsOf(found)} class={isBad ? 'problem' : ''}>
      <Table
        caption="What is wrong now, the worst first"
        head={['What', 'State', 'Why', 'Since']}
        rows={rows.map(({ kind, word, subject, why, since, href }) => [
          href === undefined ? subject : <a href={href}>{subject}</a>,
          <State kind={kind}>{word}</State>,
          why,
          since === undefined ? '' : <Age at={since} now={visit.now} />,
        ])}
      />
      <PagerIfLong
        url={visit.url}
        total={found.length}
        size={FINDINGS_A_PAGE}
        page={page}
        what="findings"
        parameter="finding"
      />
    </Panel>
  )
}

function countsOf(found: readonly Finding[]): string {
  const counts = Map.groupBy(found, ({ word }) => word)
  return [...counts].map(([word, list]) => `${list.length} ${word}`).join(' · ')
}

const CHECKS_A_PAGE = 25

const Checks = ({ health, visit }: { readonly health: HealthOverview; readonly visit: Visit }) => {
  const checks = [...Map.groupBy(health.status.targets, ({ check }) => check)]
  const { page, rows } = pageOf(checks, visit.url, CHECKS_A_PAGE, 'check')
  return (
    <Panel id="checks" title="Checks" aside="the last day, in half hours: a low bar is trouble">
      <Table
        caption="Checks and their last day"
        head={['Check', 'Now', 'Targets up', 'Last day']}
        numbers={[2]}
        rows={rows.map(([check, targets]) => {
          const { kind, word } = stateOf(targets)
          return [
            <a href={`/console/health?${new URLSearchParams({ q: check })}`}>{check}</a>,
            <State kind={kind}>{word}</State>,
            `${targets.filter(({ state }) => state === 'up').length} of ${targets.length}`,
            <Strip cells={health.strips.get(check) ?? []} name={check} />,
          ]
        })}
      />
      <PagerIfLong
        url={visit.url}
        total={checks.length}
        size={CHECKS_A_PAGE}
        page={page}
        what="checks"
        parameter="check"
      />
    </Panel>
  )
}

function stateOf(targets: readonly TargetReport[]): ShownState {
  const kinds = targets.map((target) => shownState(target).kind)
  const count = (wanted: StateKind): number => kinds.filter((kind) => kind === wanted).length
  if (count('unknown') === targets.length) return { kind: 'unknown', word: 'unknown' }
  if (count('down') === targets.length) return { kind: 'down', word: 'all down' }
  if (count('down') > 0) return { kind: 'warn', word: 'some down' }
  return count('forced') > 0 ? { kind: 'forced', word: 'forced' } : { kind: 'up', word: 'up' }
}

const ZONES_A_PAGE = 50

/** True for a key that may write a zone, which may not be there yet. */
const mayMakeSome = ({ key: { scopes } }: Visit): boolean =>
  scopes.some(({ kind }) => kind === 'everything' || kind === 'zone')

const Zones = ({ zones, visit }: { readonly zones: readonly ZoneRow[]; readonly visit: Visit }) => {
  const wanted = (visit.url.searchParams.get('zone') ?? '').trim().toLowerCase()
  const found = zones.filter(({ origin }) => origin.toLowerCase().includes(wanted))
  const { page, rows } = pageOf(found, visit.url, ZONES_A_PAGE)
  return (
    <Panel
      id="zones"
      title="Zones"
      aside={
        <>
          {String(zones.length)}
          {mayMakeSome(visit) && (
            <>
              {' · '}
              <a href="/console/new-zone">New zone</a>
            </>
          )}
        </>
      }
    >
      {zones.length > 10 && (
        <form method="get" action="/console#zones" class="fields filter">
          <div class="field">
            <label for="zone">Zones whose name has</label>
            <input id="zone" name="zone" type="search" value={wanted} autocomplete="off" spellcheck={false} />
          </div>
          <button type="submit" class="plain">
            Filter
          </button>
        </form>
      )}
      <Table
        caption="Zones"
        head={['Zone', 'Serial', 'Served since', 'Changed', 'By']}
        numbers={[1]}
        empty={zones.length === 0 ? 'There is no zone that this key may read.' : 'No zone has that in its name.'}
        rows={rows.map(({ origin, serial, published, changed, author }) => [
          <a href={zonePath(origin)}>{origin}</a>,
          String(serial),
          <Age at={published} now={visit.now} />,
          <Age at={changed} now={visit.now} />,
          author,
        ])}
      />
      <PagerIfLong url={visit.url} total={found.length} size={ZONES_A_PAGE} page={page} what="zones" />
    </Panel>
  )
}
