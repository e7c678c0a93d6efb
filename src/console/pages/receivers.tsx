/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { NotificationReport } from '../../notify/index.ts'
import type { Status } from '../model/report.ts'
import { ActionForm, Age, Note, Panel, State, Submit, Table } from '../parts/index.ts'
import type { Visit } from '../visit.ts'

/** Tells who is told of changes, how that went, and a test of each. */
export const Receivers = ({ report, visit }: { readonly report: NotificationReport; readonly visit: Visit }) => {
  const mayTest = visit.may({ kind: 'test-notifications' })
  return (
    <Panel id="notifications" title="Notifications" aside={`${report.receivers.length}`}>
      {report.problems.map((problem) => (
        <Note kind="problem">{problem}</Note>
      ))}
      <Table
        caption="Receivers of notifications"
        head={['Receiver', 'Of', 'Form', 'State', 'Last', 'Told of', ...(mayTest ? ['Test'] : [])]}
        empty="Nobody is told of changes: neither NOTIFY nor a zone names a receiver."
        rows={report.receivers.map(({ number, zone, format, url, on, last, waiting, failed, delivered, problem }) => [
          `${number}: ${url}`,
          zone ?? 'all zones',
          format,
          problem !== undefined ? (
            <State kind="down">cannot be sent to</State>
          ) : last === null ? (
            <State kind="unknown">nothing sent yet</State>
          ) : (
            <State kind={last.delivered ? 'up' : 'down'}>{last.delivered ? 'delivered' : 'failed'}</State>
          ),
          <>
            {problem ?? (last === null ? '' : <Age at={last.at} now={visit.now} />)}
            {last !== null && ` ${last.event}${last.why === undefined ? '' : `: ${last.why}`}`}
            {` (${delivered} delivered, ${failed} given up, ${waiting} waiting)`}
          </>,
          on.join(', '),
          ...(mayTest
            ? [
                <ActionForm visit={visit} action="/console/settings" class="inline" label={`Test receiver ${number}`}>
                  <input type="hidden" name="step" value="test" />
                  <input type="hidden" name="receiver" value={String(number)} />
                  <Submit look="plain">Send a test</Submit>
                </ActionForm>,
              ]
            : []),
        ])}
      />
    </Panel>
  )
}

type AgentsProps = { readonly names: readonly string[]; readonly status: Status | undefined; readonly visit: Visit }

/** The vantage points: agents that have a secret, and the Worker's own. */
export const Agents = ({ names, status, visit }: AgentsProps) => {
  const reports = new Map(status?.vantages.map((vantage) => [vantage.name, vantage]))
  const all = [...new Set([...names, ...reports.keys()])]
  return (
    <Panel id="agents" title="Vantage points" aside={`${names.length} agents with a secret`}>
      <Table
        caption="Vantage points"
        head={['Name', 'Kind', 'State', 'Last report', 'Targets', 'Last round']}
        numbers={[4]}
        empty="Nothing is probed, and no agent has a secret."
        rows={all.map((name) => {
          const report = reports.get(name)
          const isSilent = report?.fineUntil !== undefined && Date.parse(report.fineUntil) < visit.now
          return [
            name,
            names.includes(name) ? 'agent' : 'the Worker',
            report === undefined ? (
              <State kind="unknown">never reported</State>
            ) : (
              <State kind={isSilent ? 'down' : 'up'}>{isSilent ? 'silent' : 'reports'}</State>
            ),
            report === undefined ? '' : <Age at={report.at} now={visit.now} />,
            report === undefined ? '' : String(report.targets),
            report?.round
              ? `${report.round.probed} of ${report.round.due} probes in ${report.round.ms} ms${report.round.left > 0 ? `, ${report.round.left} left over` : ''}`
              : '',
          ]
        })}
      />
    </Panel>
  )
}
