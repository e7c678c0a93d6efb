/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import type { NotificationReport, Tested } from '../../notify/index.ts'
import type { Result } from '../../result.ts'
import type { Deployment } from '../model/deployment.ts'
import type { Status } from '../model/report.ts'
import { Note } from '../parts/index.ts'
import { seeOther } from '../redirect.ts'
import type { ApiFault, PageCode, Shown, Visit } from '../visit.ts'
import { CheckUp, Places } from './check-up.tsx'
import { type KeyFields, type KeyRow, Keys, Made, type MadeKey, NO_KEY_FIELDS } from './keys.tsx'
import { Agents, Receivers } from './receivers.tsx'

/** Keys, notifications, agents, the database of places, and what the deployment is made of. */
export const settings: PageCode = {
  show: (visit) => page(visit),

  act(visit, form) {
    switch (form.get('step')) {
      case 'create-key':
        return createKey(visit, form)
      case 'revoke-key':
        return revokeKey(visit, form)
      case 'test':
        return testReceiver(visit, form)
      default:
        return page(
          visit,
          <Note kind="problem">This form has no step that the console knows; nothing was changed.</Note>,
          422,
        )
    }
  },
}

async function createKey(visit: Visit, form: URLSearchParams): Promise<Shown> {
  const fieldOf = (name: keyof KeyFields): string => (form.get(name) ?? '').trim()
  const fields: KeyFields = { name: fieldOf('name'), scopes: fieldOf('scopes'), ends: fieldOf('ends') }
  const { name, ends } = fields
  const scopes = fields.scopes.split(/[\s,]+/).filter((scope) => scope !== '')
  const body = JSON.stringify({ name, scopes, ...(ends !== '' && { ends }) })
  const made = await visit.read<MadeKey>('/api/v1/keys', { method: 'POST', body })
  return made.ok
    ? page(visit, <Made made={made.value} />)
    : page(visit, <Problem fault={made.error} />, made.error.status, fields)
}

async function revokeKey(visit: Visit, form: URLSearchParams): Promise<Shown | Response> {
  const id = form.get('id') ?? ''
  const revoked = await visit.read(`/api/v1/keys/${encodeURIComponent(id)}`, { method: 'DELETE' })
  if (!revoked.ok) return page(visit, <Problem fault={revoked.error} />, revoked.error.status)
  return seeOther(id === visit.key.id ? '/console' : '/console/settings?done=revoked')
}

async function testReceiver(visit: Visit, form: URLSearchParams): Promise<Shown> {
  const body = JSON.stringify({ receiver: Number(form.get('receiver')) })
  const tested = await visit.read<Tested>('/api/v1/notifications/test', { method: 'POST', body })
  if (!tested.ok) return page(visit, <Problem fault={tested.error} />, tested.error.status)
  const { receiver, delivered, status, why } = tested.value
  const answer = status === undefined ? '' : ` It answered ${status}.`
  return page(
    visit,
    delivered ? (
      <Note kind="good">
        The test was delivered to receiver {receiver}.{answer}
      </Note>
    ) : (
      <Note kind="problem">
        The test was not delivered to receiver {receiver}: {why ?? 'no reason is known'}.{answer}
      </Note>
    ),
  )
}

const Problem = ({ fault }: { readonly fault: ApiFault }) => <Note kind="problem">{fault.why}</Note>

async function page(visit: Visit, message?: Child, status?: number, fields = NO_KEY_FIELDS): Promise<Shown> {
  const { read, may, url } = visit
  const seesKeys = may({ kind: 'keys' })
  const seesHealth = may({ kind: 'read-health' })
  const [keys, notifications, deployment, health] = await Promise.all([
    seesKeys
      ? read<{ readonly keys: readonly KeyRow[]; readonly damaged?: readonly string[] }>('/api/v1/keys')
      : undefined,
    seesHealth ? read<NotificationReport>('/api/v1/notifications') : undefined,
    may({ kind: 'read-deployment' }) ? read<Deployment>('/api/v1/deployment') : undefined,
    seesHealth ? read<Status>('/api/v1/health') : undefined,
  ])
  return {
    title: 'Settings',
    ...(status !== undefined && { status }),
    body: (
      <>
        {message}
        {url.searchParams.get('done') === 'revoked' && message === undefined && (
          <Note kind="good">The key is revoked. Elsewhere in the world it may count for half a minute more.</Note>
        )}
        {orFault('The keys', keys, (value) => (
          <Keys keys={value.keys} damaged={value.damaged ?? []} visit={visit} fields={fields} />
        ))}
        {orFault('Notifications', notifications, (value) => (
          <Receivers report={value} visit={visit} />
        ))}
        {orFault('The agents', deployment, ({ agents }) => (
          <Agents names={agents} status={health?.ok ? health.value : undefined} visit={visit} />
        ))}
        {orFault('The places', deployment, ({ places }) => (
          <Places places={places} visit={visit} />
        ))}
        {orFault('The deployment', deployment, (value) => (
          <CheckUp deployment={value} status={health?.ok ? health.value : undefined} visit={visit} />
        ))}
        {!seesKeys && !seesHealth && (
          <Note>
            The key {visit.key.name} may read no settings. A key with the scope “read” sees them, and one with
            “everything” changes them.
          </Note>
        )}
      </>
    ),
  }
}

/** Shows what was read, or why it was not; nothing for what the key may not read. */
function orFault<T>(what: string, read: Result<T, ApiFault> | undefined, show: (value: T) => Child): Child {
  if (!read) return undefined
  if (read.ok) return show(read.value)
  return (
    <Note kind="problem">
      {what} cannot be read: {read.error.why}
    </Note>
  )
}
