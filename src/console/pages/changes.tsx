/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { EventJson } from '../../notify/index.ts'
import { Age, Panel, State, type StateKind, Table } from '../parts/index.ts'
import type { Visit } from '../visit.ts'

type ChangesProps = {
  readonly events: readonly EventJson[]
  /** True if there may be older ones. */
  readonly isFull: boolean
  readonly visit: Visit
}

/** Lists the changes, the newest first, and a way to what is older. */
export const Changes = ({ events, isFull, visit }: ChangesProps) => (
  <Panel id="changes" title="Changes">
    <Table
      caption="Changes, the newest first"
      head={['When', 'Change', 'What happened']}
      empty="Nothing has changed since the record began."
      rows={events.map(({ event, at, text }) => [
        <Age at={at} now={visit.now} />,
        <State kind={KINDS[event] ?? 'unknown'}>{event.replace('-', ' ')}</State>,
        text,
      ])}
    />
    <p class="pager">
      {isFull && <a href={hrefOf(visit.url, endOf(events))}>Older</a>}
      {visit.url.searchParams.has('before') && <a href={hrefOf(visit.url, undefined)}>Newest</a>}
    </p>
  </Panel>
)

const KINDS: Readonly<Partial<Record<EventJson['event'], StateKind>>> = {
  ...{ 'target-down': 'down', 'pool-down': 'down', 'vantage-silent': 'down', 'zone-refused': 'down' },
  ...{ 'target-up': 'up', 'pool-restored': 'up', 'vantage-back': 'up', 'zone-published': 'up' },
  ...{ 'pool-degraded': 'warn', 'override-set': 'forced', 'override-ended': 'forced' },
  ...{ 'guard-on': 'warn', 'guard-off': 'up' },
}

/** Returns the time that older changes end at. Many may have happened at once, so that all of a page have one time. */
function endOf(events: readonly EventJson[]): string | undefined {
  const [first, last] = [events[0]?.at, events.at(-1)?.at]
  return last !== undefined && first === last ? new Date(Date.parse(last) - 1).toISOString() : last
}

function hrefOf({ pathname, search }: URL, before: string | undefined): string {
  const parameters = new URLSearchParams(search)
  if (before === undefined) parameters.delete('before')
  else parameters.set('before', before)
  return `${pathname}?${parameters}#changes`
}
