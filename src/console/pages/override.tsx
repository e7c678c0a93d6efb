/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import { MAX_CONSOLE_MEMBERS } from '../../limits.ts'
import { faultOf } from '../fault.tsx'
import { fieldsIn, type OverrideFields, overrideIn } from '../model/override-form.ts'
import { changeOverrides, readOverrides } from '../model/overrides.ts'
import { ActionForm, Field, Note, Panel, State, Submit, Table } from '../parts/index.ts'
import { seeOther } from '../redirect.ts'
import type { PageCode, Shown, Visit } from '../visit.ts'

const PATH = '/console/health/override'

/** Forces a state by hand. What would happen is shown before there is a button that does it. */
export const override: PageCode = {
  async show(visit) {
    const given = fieldsIn(visit.url.searchParams)
    return page(visit, {
      ...given,
      force: given.force || 'drained',
      until: given.until || '2h',
      by: given.by || visit.key.name,
    })
  },

  act(visit, form) {
    switch (form.get('step')) {
      case 'set':
        return set(visit, form)
      case 'end':
        return end(visit, form)
      default:
        return rehearse(visit, fieldsIn(form))
    }
  },
}

/** The body of `POST /api/v1/overrides/rehearse`. */
type Rehearsed = {
  readonly at: string
  readonly pools: readonly {
    readonly pool: string
    readonly emptied: boolean
    readonly members: readonly { readonly name: string; readonly before: Share; readonly after: Share }[]
  }[]
}

type Share = {
  readonly state: 'up' | 'down' | 'drained'
  readonly probability: string | null
  readonly chance: number | null
}

async function rehearse(visit: Visit, fields: OverrideFields, problem?: string): Promise<Shown | Response> {
  const wanted = overrideIn(fields, visit.now)
  if (!wanted.ok) return page(visit, fields, { problem: wanted.error, status: 422 })
  const [rehearsed, stored] = await Promise.all([
    visit.read<Rehearsed>('/api/v1/overrides/rehearse', { method: 'POST', body: JSON.stringify(wanted.value) }),
    readOverrides(visit),
  ])
  if (!rehearsed.ok) return page(visit, fields, { problem: rehearsed.error.why, status: rehearsed.error.status })
  if (!stored.ok) return faultOf(stored.error)
  return page(visit, fields, {
    rehearsed: <Rehearsal rehearsed={rehearsed.value} fields={fields} etag={stored.value.etag} visit={visit} />,
    ...(problem !== undefined && { problem, status: 409 }),
  })
}

async function set(visit: Visit, form: URLSearchParams): Promise<Shown | Response> {
  const fields = fieldsIn(form)
  const wanted = overrideIn(fields, visit.now)
  if (!wanted.ok) return page(visit, fields, { problem: wanted.error, status: 422 })
  const isAnyway = form.get('anyway') === 'yes'
  const changed = await changeOverrides(visit, form.get('etag') ?? '', (all) => [...all, wanted.value], { isAnyway })
  if (changed.ok) return seeOther('/console/health?done=set#overrides')
  const { status, why } = changed.error
  return status === 409 || status === 412 ? rehearse(visit, fields, why) : page(visit, fields, { problem: why, status })
}

async function end(visit: Visit, form: URLSearchParams): Promise<Shown | Response> {
  const text = form.get('number') ?? ''
  if (!/^\d{1,4}$/.test(text))
    return faultOf({ status: 422, why: 'The form names no override; expected the number of one in the list.' })
  const number = Number(text)
  // The API refuses only what new overrides would empty: ending one shows what is measured.
  const ended = await changeOverrides(visit, form.get('etag') ?? '', (all) => all.filter((_, i) => i !== number))
  return ended.ok ? seeOther('/console/health?done=ended#overrides') : faultOf(ended.error)
}

type PageState = { readonly problem?: string; readonly status?: number; readonly rehearsed?: Child }

function page(visit: Visit, fields: OverrideFields, { problem, status, rehearsed }: PageState = {}): Shown {
  return {
    title: 'Force a state',
    ...(status !== undefined && { status }),
    body: (
      <>
        {problem !== undefined && <Note kind="problem">{problem}</Note>}
        <Panel id="what" title="What, and for how long">
          <Form visit={visit} fields={fields} />
        </Panel>
        {rehearsed}
      </>
    ),
  }
}

const FORCES = [
  ['drained', 'drained: takes no new clients, even if all others are down'],
  ['down', 'down: as if its check had failed'],
  ['up', 'up: as if its check had passed'],
  ['weight', 'weight: another share among its members'],
] as const

const Form = ({ visit, fields }: { readonly visit: Visit; readonly fields: OverrideFields }) => (
  <ActionForm visit={visit} action={PATH} label="Override">
    <Text name="target" label="Target" value={fields.target} help="as 192.0.2.1 or 192.0.2.*" />
    <Text name="check" label="Check" value={fields.check} help="as example.com/web; empty for all" />
    <Text name="pool" label="or Pool" value={fields.pool} help="as www.example.com/A" />
    <Text name="datacenter" label="Datacenter in it" value={fields.datacenter} help="if the pool has any" />
    <div class="break" />
    <div class="field wide">
      <label for="force">Force it</label>
      <select id="force" name="force">
        {FORCES.map(([value, words]) => (
          <option value={value} selected={value === fields.force}>
            {words}
          </option>
        ))}
      </select>
    </div>
    <Text name="weight" label="Weight" value={fields.weight} help="for weight alone" />
    <Text name="until" label="Until" value={fields.until} help="2h, 3d, a time; empty: no end" />
    <div class="break" />
    <Text name="by" label="Who" value={fields.by} isRequired />
    <div class="field wide">
      <label for="why">Why</label>
      <input id="why" name="why" value={fields.why} maxlength={500} required autocomplete="off" />
    </div>
    <Submit>Rehearse</Submit>
    <p class="help line">Rehearsing changes nothing: it shows what each member would get.</p>
  </ActionForm>
)

type TextProps = {
  readonly name: keyof OverrideFields
  readonly label: string
  readonly value: string
  readonly help?: string
  readonly isRequired?: boolean
}

const Text = ({ name, label, value, help, isRequired = false }: TextProps) => (
  <Field id={name} label={label} help={help}>
    <input
      id={name}
      name={name}
      value={value}
      aria-describedby={help === undefined ? undefined : `${name}-help`}
      required={isRequired}
      maxlength={300}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
    />
  </Field>
)

type RehearsalProps = {
  readonly rehearsed: Rehearsed
  readonly fields: OverrideFields
  readonly etag: string
  readonly visit: Visit
}

const Rehearsal = ({ rehearsed, fields, etag, visit }: RehearsalProps) => {
  const { pools } = rehearsed
  const emptied = pools.filter((pool) => pool.emptied)
  const rows = pools.flatMap(({ pool, members }) => members.map((member) => ({ pool, ...member })))
  return (
    <Panel id="rehearsal" title="What would happen" class={emptied.length > 0 ? 'problem' : ''}>
      {emptied.length > 0 && (
        <Note kind="problem">
          No member that is up would be left in{' '}
          {emptied
            .map(({ pool }) => pool)
            .slice(0, 10)
            .join(', ')}
          {emptied.length > 10 ? `, and ${emptied.length - 10} more` : ''}.
        </Note>
      )}
      <Table
        caption="Members before and after"
        head={['Pool', 'Member', 'Before', 'After', 'Share before', 'Share after']}
        numbers={[4, 5]}
        empty="No pool changes: the override names nothing that counts in an answer now."
        rows={rows
          .slice(0, MAX_CONSOLE_MEMBERS)
          .map(({ pool, name, before, after }) => [
            pool,
            name,
            <ShareState share={before} />,
            <ShareState share={after} />,
            shareText(before),
            shareText(after),
          ])}
      />
      {rows.length > MAX_CONSOLE_MEMBERS && (
        <p class="muted">
          The first {String(MAX_CONSOLE_MEMBERS)} of {String(rows.length)} members in {String(pools.length)} pools are
          shown.
        </p>
      )}
      {visit.may({ kind: 'write-overrides' }) ? (
        <ActionForm visit={visit} action={PATH} label="Set it">
          <input type="hidden" name="step" value="set" />
          <input type="hidden" name="etag" value={etag} />
          {Object.entries(fields).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          {emptied.length > 0 && (
            <label class="check">
              <input type="checkbox" name="anyway" value="yes" />
              even if a pool is left without a member
            </label>
          )}
          <Submit look={emptied.length > 0 ? 'danger' : undefined}>Set this override</Submit>
        </ActionForm>
      ) : (
        <p class="muted">The key {visit.key.name} may not set it.</p>
      )}
    </Panel>
  )
}

const ShareState = ({ share: { state } }: { readonly share: Share }) => (
  <State kind={state === 'up' ? 'up' : state === 'down' ? 'down' : 'forced'}>{state}</State>
)

const shareText = ({ chance, probability }: Share): string =>
  chance === null ? 'by client' : `${probability} (${(chance * 100).toFixed(1)} %)`
