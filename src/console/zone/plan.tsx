/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Change, NetworkChange, Plan } from '../../explain/index.ts'
import { MAX_CONSOLE_PLAN_CHANGES, MAX_CONSOLE_PLAN_NETWORKS } from '../../limits.ts'
import { fractionOf } from '../model/share.ts'
import { Note, Panel } from '../parts/index.ts'
import { Bar } from './bar.tsx'
import { ChangeMap, mappedIn } from './plan-map.tsx'

/** A plan as a picture: which answers change, for which part of the clients, and how, before and after. */
export const PlanPicture = ({ plan }: { readonly plan: Plan }) => {
  const { changes, access = [], cut } = plan
  const shown = changes.slice(0, MAX_CONSOLE_PLAN_CHANGES)
  const left = changes.length - shown.length
  const mapped = mappedIn(plan)
  return (
    <>
      <Panel
        id="changes"
        title={changes.length === 0 ? 'No answer changes' : 'Answers that change'}
        aside={countsOf(changes)}
      >
        {changes.length === 0 && (
          <p class="empty">Every client gets the same records with the same chances as before.</p>
        )}
        {shown.length > 0 && <Overview changes={shown} />}
        {left > 0 && <p class="muted">… and {String(left)} more. “npx edge-gslb plan” lists all of them.</p>}
        {access.map(({ zone, before, after }) => (
          <p>
            <b>{zone}</b> is for other clients: before for {before}, then for {after}.
          </p>
        ))}
      </Panel>
      {cut && (
        <Note kind="problem">Not all clients could be compared: there may be more changes than are shown here.</Note>
      )}
      {shown.map((change, i) => (
        <ChangePanel change={change} id={`change-${i}`} isMapped={mapped.has(change)} />
      ))}
    </>
  )
}

const WORDS = { added: 'new', removed: 'gone', changed: 'changed' } as const

function countsOf(changes: readonly Change[]): string {
  const counts = Map.groupBy(changes, ({ change }) => WORDS[change])
  return [...counts].map(([word, list]) => `${list.length} ${word}`).join(' · ')
}

/** One line for each name: how much of the address space gets something else. */
const Overview = ({ changes }: { readonly changes: readonly Change[] }) => (
  <section class="scroll" aria-label="Changes by name" tabindex={0}>
    <table>
      <caption class="unseen">Changes by name</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Change</th>
          <th scope="col">Of all IPv4 addresses</th>
          <th scope="col">TTL</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, type, change, share, ttl, health }, i) => (
          <tr>
            <th scope="row">
              <a href={`#change-${i}`}>
                {name} {type}
              </a>
            </th>
            <td>
              {WORDS[change]}
              {health !== undefined && `, while ${health}`}
            </td>
            <td>
              <Bar part={share.ipv4} />
            </td>
            <td>
              {ttl.before === ttl.after
                ? secondsText(ttl.after)
                : `${secondsText(ttl.before)} → ${secondsText(ttl.after)}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

const secondsText = (seconds: number | null): string => (seconds === null ? 'none' : `${seconds} s`)

type ChangeProps = { readonly change: Change; readonly id: string; readonly isMapped: boolean }

const ChangePanel = ({ change, id, isMapped }: ChangeProps) => {
  const { name, type, networks, more = 0 } = change
  const shown = networks.slice(0, MAX_CONSOLE_PLAN_NETWORKS)
  const left = networks.length - shown.length + more
  return (
    <Panel id={id} title={`${name} ${type}`} aside={WORDS[change.change]}>
      {shown.length === 0 && (
        <p class="empty">
          {change.cut ? 'It is not known who gets something else.' : 'Its records stay; the TTL changes.'}
        </p>
      )}
      {groupsOf(shown).map((group) => (
        <BeforeAfter group={group} name={`${name} ${type}`} />
      ))}
      {left > 0 && <p class="muted">… and {String(left)} more networks</p>}
      {isMapped && <ChangeMap change={change} id={`${id}-map`} />}
    </Panel>
  )
}

/** Networks whose clients see the same change. */
type Group = { readonly networks: NetworkChange[]; readonly rows: readonly Row[]; readonly endings: readonly string[] }
type Row = { readonly data: string; readonly before: number | null; readonly after: number | null }

function groupsOf(networks: readonly NetworkChange[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const network of networks) {
    const rows = rowsOf(network)
    const endings = endingsOf(network)
    const key = JSON.stringify([rows, endings])
    const group = groups.get(key)
    if (group) group.networks.push(network)
    else groups.set(key, { networks: [network], rows, endings })
  }
  return [...groups.values()]
}

function rowsOf({ before, after }: NetworkChange): readonly Row[] {
  const rows = new Map<string, { data: string; before: number | null; after: number | null }>()
  const add = (side: 'before' | 'after', records: NetworkChange['before']): void => {
    for (const { data, probability, name, type } of records) {
      const text = [name, type, data].filter((part) => part !== undefined).join(' ')
      const row = rows.get(text) ?? { data: text, before: 0, after: 0 }
      rows.set(text, { ...row, [side]: fractionOf(probability) })
    }
  }
  add('before', before)
  add('after', after)
  return [...rows.values()]
}

function endingsOf({ status }: NetworkChange): readonly string[] {
  if (!status) return []
  const textOf = (side: (typeof status)['before']): string =>
    side.map((one) => (one.ending === 'records' ? 'records' : `${one.status} (${one.ending})`)).join(', ') || 'nothing'
  return [`Before: ${textOf(status.before)}. After: ${textOf(status.after)}.`]
}

const BeforeAfter = ({
  group: { networks, rows, endings },
  name,
}: {
  readonly group: Group
  readonly name: string
}) => (
  <section class="scroll" aria-label={`${name} for ${whoOf(networks)}`} tabindex={0}>
    <table class="before-after">
      <caption>{whoOf(networks)}</caption>
      <thead>
        <tr>
          <th scope="col">Record</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ data, before, after }) => (
          <tr>
            <th scope="row">
              <code>{data}</code>
            </th>
            <td>
              <Bar part={before} look="before" />
            </td>
            <td>
              <Bar part={after} look="after" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    {endings.map((text) => (
      <p class="muted">{text}</p>
    ))}
  </section>
)

const FEW = 6

function whoOf(networks: readonly NetworkChange[]): string {
  const prefixes = networks.map(({ prefix, place }) => (place === undefined ? prefix : `${place}: ${prefix}`))
  if (prefixes.length === 2 && prefixes.includes('0.0.0.0/0') && prefixes.includes('::/0')) return 'Everyone'
  const few = prefixes.slice(0, FEW)
  const left = prefixes.length - few.length
  return [...few, ...(left > 0 ? [`… and ${left} more`] : [])].join(', ')
}
