/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Deployment, PlacesReport } from '../model/deployment.ts'
import type { Status } from '../model/report.ts'
import { Age, Note, Panel, State, type StateKind, Table } from '../parts/index.ts'
import type { Visit } from '../visit.ts'

type CheckUpProps = { readonly deployment: Deployment; readonly status: Status | undefined; readonly visit: Visit }

/** Lists the parts of the deployment: what is missing comes first, secrets by their names alone. */
export const CheckUp = ({ deployment, status, visit }: CheckUpProps) => {
  const { version, platform, plan, bindings, secrets, variables, limits, problems } = deployment
  const missing = bindings.filter(({ bound, needed }) => needed && !bound)
  const isFine = problems.length === 0 && missing.length === 0
  return (
    <Panel
      id="check-up"
      title="This deployment"
      aside={`edge-gslb ${version}, ${platform === 'edge' ? 'on Cloudflare' : 'on a machine of its own'}, plan ${plan}`}
      class={isFine ? 'good' : 'problem'}
    >
      {problems.map((problem) => (
        <Note kind="problem">{problem}</Note>
      ))}
      <Table
        caption="Bindings, secrets and the cron"
        head={['Part', 'State', 'What it is for']}
        rows={[
          ...bindings.map(({ name, bound, needed, purpose }) => [
            name,
            <State kind={bound ? 'up' : needed ? 'down' : 'unknown'}>{bound ? 'bound' : 'not bound'}</State>,
            purpose,
          ]),
          ...secrets.map(({ name, set, purpose }) => [
            name,
            <State kind={set ? 'up' : 'unknown'}>{set ? 'set' : 'not set'}</State>,
            `secret: ${purpose}`,
          ]),
          cronRow(status, visit),
        ]}
      />
      <h3>Variables and limits</h3>
      <Table
        caption="Variables and limits"
        head={['Name', 'Value']}
        rows={[
          ['Probes in a round (PROBES_PER_ROUND)', String(limits.probesPerRound)],
          ['KV writes in a day for health (KV_WRITES_PER_DAY)', String(limits.kvWritesPerDay)],
          ...variables.map(({ name, value }) => [name, value === '' ? <span class="muted">not set</span> : value]),
        ]}
      />
    </Panel>
  )
}

/** The cron is seen by what it wrote last: it writes at least every five minutes while it probes. */
function cronRow(status: Status | undefined, visit: Visit) {
  const newest = status?.vantages
    .filter(({ fineUntil }) => fineUntil !== undefined)
    .reduce<number>((latest, { at }) => Math.max(latest, Date.parse(at)), 0)
  const [kind, word]: [StateKind, string] =
    newest === undefined || newest === 0
      ? ['unknown', 'not seen']
      : visit.now - newest < CRON_MS
        ? ['up', 'runs']
        : ['down', 'late']
  return [
    'cron',
    <State kind={kind}>{word}</State>,
    newest ? (
      <>
        the last results of probes were written <Age at={newest} now={visit.now} />
      </>
    ) : (
      'every minute: probes, and documents put by hand. While nothing is probed, nothing shows that it ran'
    ),
  ]
}

const CRON_MS = 600_000

/** The database of places, as `geo put` wrote it. */
export const Places = ({ places, visit }: { readonly places: PlacesReport | null; readonly visit: Visit }) => (
  <Panel id="places" title="Database of places">
    {places === null ? (
      <p class="empty">
        There is none: choices by country or distance go by what Cloudflare says of connections. “npx edge-gslb geo put”
        writes one.
      </p>
    ) : 'problem' in places ? (
      <Note kind="problem">{places.problem}</Note>
    ) : (
      <dl class="facts">
        <dt>Written</dt>
        <dd>
          <Age at={places.put} now={visit.now} />
        </dd>
        <dt>Sources</dt>
        <dd>{places.sources.join(', ')}</dd>
        <dt>Fields</dt>
        <dd>{places.fields.join(', ')}</dd>
        <dt>Size</dt>
        <dd>{`${(places.bytes / 1_048_576).toFixed(1)} MiB`}</dd>
      </dl>
    )}
  </Panel>
)
