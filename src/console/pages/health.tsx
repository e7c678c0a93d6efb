/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { subjectText, type TargetReport } from '../../health/index.ts'
import { MAX_EVENT_REPLY } from '../../limits.ts'
import type { EventJson } from '../../notify/index.ts'
import type { PoolStatus } from '../../policy/index.ts'
import { faultOf } from '../fault.tsx'
import { overrideKey, readOverrides, type StoredOverrides } from '../model/overrides.ts'
import { type Status, shownState, targetPath, whyOf } from '../model/report.ts'
import {
  ActionForm,
  Age,
  Note,
  Pager,
  PagerIfLong,
  Panel,
  pageOf,
  State,
  Submit,
  Table,
  Until,
} from '../parts/index.ts'
import type { PageCode, Visit } from '../visit.ts'
import { Changes } from './changes.tsx'

const CHANGES_A_PAGE = 50

/** Reads a page of changes: all of one moment together, since the next page begins with the time of the last. */
async function eventsOf({ read }: Visit, query: URLSearchParams) {
  type Events = { readonly events: readonly EventJson[] }
  const page = await read<Events>(`/api/v1/health/events?${query}`)
  if (!page.ok || page.value.events.length < CHANGES_A_PAGE) return page
  const { events } = page.value
  if (events[0]?.at !== events.at(-1)?.at) return page
  return read<Events>(`/api/v1/health/events?${withLimit(query, MAX_EVENT_REPLY)}`)
}

/** Targets, pools, overrides, and what changed. */
export const health: PageCode = {
  async show(visit) {
    const { read, url } = visit
    const before = url.searchParams.get('before')
    const query = new URLSearchParams({ limit: String(CHANGES_A_PAGE), ...(before !== null && { to: before }) })
    const [status, overrides, events] = await Promise.all([
      read<Status>('/api/v1/health'),
      readOverrides(visit),
      eventsOf(visit, query),
    ])
    if (!status.ok) return faultOf(status.error)
    const done = DONE[url.searchParams.get('done') ?? '']
    return {
      title: 'Health',
      body: (
        <>
          {done !== undefined && <Note kind="good">{done}</Note>}
          <Targets targets={status.value.targets} visit={visit} />
          <Pools pools={status.value.pools} visit={visit} />
          {overrides.ok ? (
            <Overrides stored={overrides.value} status={status.value} visit={visit} />
          ) : (
            <Note kind="problem">The overrides cannot be read: {overrides.error.why}</Note>
          )}
          {events.ok ? (
            <Changes events={events.value.events} isFull={events.value.events.length >= CHANGES_A_PAGE} visit={visit} />
          ) : (
            <Note kind="problem">The record of changes cannot be read: {events.error.why}</Note>
          )}
        </>
      ),
    }
  },
}

/** Tells what a form did that led here. */
const DONE: Readonly<Record<string, string>> = {
  set: 'The override is set. Answers follow within seconds here, and within about a minute around the world.',
  ended: 'The override is ended. Answers follow within seconds here, and within about a minute around the world.',
}

const TARGETS_A_PAGE = 50
const STATES = ['all', 'down', 'up', 'unknown', 'forced'] as const

const Targets = ({ targets, visit }: { readonly targets: readonly TargetReport[]; readonly visit: Visit }) => {
  const { url, now } = visit
  const q = (url.searchParams.get('q') ?? '').trim().toLowerCase()
  const state = STATES.find((one) => one === url.searchParams.get('state')) ?? 'all'
  const found = targets.filter(
    (one) =>
      (state === 'all' || shownState(one).kind === state) &&
      (q === '' || `${one.target} ${one.check}`.toLowerCase().includes(q)),
  )
  const { page, rows } = pageOf(found, url, TARGETS_A_PAGE)
  return (
    <Panel id="targets" title="Targets" aside={countsOf(targets)}>
      <form method="get" action="/console/health" class="fields filter">
        <div class="field">
          <label for="q">Target or check has</label>
          <input id="q" name="q" type="search" value={q} autocomplete="off" spellcheck={false} />
        </div>
        <div class="field">
          <label for="state">State</label>
          <select id="state" name="state">
            {STATES.map((one) => (
              <option value={one} selected={one === state}>
                {one}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" class="plain">
          Filter
        </button>
      </form>
      <Table
        caption="Targets"
        head={['Target', 'State', 'Check', 'Since', 'Why', 'Latency']}
        numbers={[5]}
        empty={targets.length === 0 ? 'No zone has a health check.' : 'No target is like that.'}
        rows={rows.map((one) => {
          const { kind, word } = shownState(one)
          return [
            <a href={targetPath(one)}>{one.target}</a>,
            <State kind={kind}>{word}</State>,
            one.check,
            one.since == null ? '' : <Age at={one.since} now={now} />,
            one.forced ? `${one.forced.by}: ${one.forced.why}` : (one.unrunnable ?? whyOf(one)),
            latencyOf(one),
          ]
        })}
      />
      <Pager url={url} total={found.length} size={TARGETS_A_PAGE} page={page} what="targets" />
    </Panel>
  )
}

/** Returns the last duration from each vantage point that counts. */
const latencyOf = ({ reports }: TargetReport): string => {
  const times = reports.filter(({ at, silent }) => at !== null && !silent)
  return times.length === 1 ? `${times[0]?.ms} ms` : times.map(({ vantage, ms }) => `${vantage} ${ms} ms`).join(', ')
}

function countsOf(targets: readonly TargetReport[]): string {
  const counts = Map.groupBy(targets, (target) => shownState(target).kind)
  return [...counts].map(([kind, list]) => `${list.length} ${kind}`).join(' · ')
}

const POOLS_A_PAGE = 25

const Pools = ({ pools, visit }: { readonly pools: readonly PoolStatus[]; readonly visit: Visit }) => {
  // Trouble comes first; the order of the zones otherwise.
  const rank = ({ up, live, members }: PoolStatus): number => (up ? (live < members ? 1 : 2) : 0)
  const sorted = [...pools].sort((a, b) => rank(a) - rank(b))
  const { page, rows } = pageOf(sorted, visit.url, POOLS_A_PAGE, 'pool')
  const mayForce = visit.may({ kind: 'write-overrides' })
  return (
    <Panel id="pools" title="Pools" aside={`${pools.length}`}>
      <Table
        caption="Pools"
        head={['Pool', 'State', 'Up', 'Answers by', ...(mayForce ? ['Force'] : [])]}
        empty="No zone has a pool with a health check."
        rows={rows.map((pool) => [
          pool.pool,
          <PoolState pool={pool} />,
          `${pool.live} of ${pool.members} ${pool.kind === 'pool' ? 'members' : 'levels'}`,
          pool.kind === 'pool' ? '' : pool.level ? `level ${pool.level}` : 'no level',
          ...(mayForce ? [<ForceLink subject={{ pool: pool.pool }} name={pool.pool} />] : []),
        ])}
      />
      <PagerIfLong url={visit.url} total={pools.length} size={POOLS_A_PAGE} page={page} what="pools" parameter="pool" />
    </Panel>
  )
}

const PoolState = ({ pool }: { readonly pool: PoolStatus }) => {
  const { forced, up, live, members, waiting = 0, kind } = pool
  if (forced) return <State kind="forced">{`forced ${forced.force}`}</State>
  if (!up) return <State kind="down">down</State>
  if (waiting > 0) return <State kind="warn">{`${waiting} waiting`}</State>
  if (live < members) return <State kind="warn">{kind === 'pool' ? 'degraded' : 'not all levels'}</State>
  return <State kind="up">up</State>
}

export const ForceLink = ({
  subject,
  name,
}: {
  readonly subject: Readonly<Record<string, string>>
  readonly name: string
}) => (
  <a href={`/console/health/override?${new URLSearchParams(subject)}`}>
    Force<span class="unseen"> {name}</span>
  </a>
)

type OverridesProps = { readonly stored: StoredOverrides; readonly status: Status; readonly visit: Visit }

const OVERRIDES_A_PAGE = 50

const Overrides = ({ stored, status, visit }: OverridesProps) => {
  const mayWrite = visit.may({ kind: 'write-overrides' })
  const reports = new Map(status.overrides.map((report) => [overrideKey(report), report]))
  // A form ends an override by its place in what is stored. The newest one, at the end, is the one that somebody has
  // just set.
  const newest = stored.overrides.map((override, number) => ({ override, number })).reverse()
  const { page, rows } = pageOf(newest, visit.url, OVERRIDES_A_PAGE, 'override')
  return (
    <Panel
      id="overrides"
      title="Overrides"
      aside={mayWrite ? <a href="/console/health/override">New override</a> : undefined}
    >
      <Table
        caption="Overrides, the newest first"
        head={['What', 'Forced', 'Counts', 'Ends', 'By', 'Why', ...(mayWrite ? ['End it'] : [])]}
        empty="Nothing is forced."
        rows={rows.map(({ override, number }) => {
          const { force, weight, until, by, why, every } = override
          const report = reports.get(overrideKey(override))
          const isActive = report?.active ?? !report?.ended
          return [
            subjectText(override),
            <State kind="forced">{weight === undefined ? force : `${force} ${weight}`}</State>,
            report?.ended ? 'ended' : isActive ? 'now' : 'later',
            until === undefined ? 'never' : <Until at={until} now={visit.now} />,
            by,
            every ? `${why} (${(every.days ?? ['daily']).join(' ')} ${every.at} for ${every.for})` : why,
            ...(mayWrite
              ? [
                  <ActionForm
                    visit={visit}
                    action="/console/health/override"
                    class="inline"
                    label={`End ${subjectText(override)}`}
                  >
                    <input type="hidden" name="step" value="end" />
                    <input type="hidden" name="number" value={String(number)} />
                    <input type="hidden" name="etag" value={stored.etag} />
                    <Submit look="danger">End</Submit>
                  </ActionForm>,
                ]
              : []),
          ]
        })}
      />
      <PagerIfLong
        url={visit.url}
        total={newest.length}
        size={OVERRIDES_A_PAGE}
        page={page}
        what="overrides"
        parameter="override"
      />
    </Panel>
  )
}

function withLimit(query: URLSearchParams, limit: number): URLSearchParams {
  const larger = new URLSearchParams(query)
  larger.set('limit', String(limit))
  return larger
}
