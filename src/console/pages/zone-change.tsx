/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import type { Result } from '../../result.ts'
import { CONSOLE_ZONE_CSS } from '../../static/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { faultOf } from '../fault.tsx'
import { ActionForm, Age, Field, Note, Panel, Submit } from '../parts/index.ts'
import { seeOther } from '../redirect.ts'
import type { ApiFault, PageCode, Shown, Visit } from '../visit.ts'
import { Diff, diffOf } from '../zone/diff.tsx'
import { baseIn, jsonText, planOf, reasonIn, send, usualForm } from '../zone/editing.ts'
import { type ChangeRow, factsOf, ownerOf, type ZoneFacts } from '../zone/facts.ts'
import { Heading } from '../zone/heading.tsx'
import { absolute, apiPath, zonePath } from '../zone/paths.ts'
import { PlanPicture } from '../zone/plan.tsx'
import { mapFilesOf } from '../zone/plan-map.tsx'

/** The body of `GET …/history/<id>`. */
type Past = ChangeRow & {
  readonly published: string | null
  readonly before: ZoneDocument | null
  readonly after: ZoneDocument | null
  readonly diff: string | null
}

/** One change of a zone: what it changed, and a roll-back to it, whose plan comes first. */
export const zoneChange: PageCode = {
  async show(visit) {
    const read = await readChange(visit)
    return read.ok ? changePage(visit, read.value) : faultOf(read.error)
  },

  async act(visit, form) {
    const read = await readChange(visit)
    if (!read.ok) return faultOf(read.error)
    if (form.get('step') !== 'rollback') return plan(visit, read.value)
    return rollBack(visit, read.value, form)
  },
}

type Read = { readonly facts: ZoneFacts; readonly past: Past }

async function readChange(visit: Visit): Promise<Result<Read, ApiFault>> {
  const [facts, past] = await Promise.all([
    factsOf(visit),
    visit.read<Past>(apiPath(visit.params.zone ?? '', 'history', encodeURIComponent(visit.params.id ?? ''))),
  ])
  if (!facts.ok) return facts
  return past.ok ? { ok: true, value: { facts: facts.value, past: past.value } } : past
}

function changePage(visit: Visit, { facts, past }: Read, above?: Child, status = 200): Shown {
  const { zone, newest } = facts
  const { id, time, author, reason, serial, hash } = past
  return {
    title: `${zone}, change ${id}`,
    status,
    styles: [CONSOLE_ZONE_CSS],
    body: (
      <>
        <Heading visit={visit} facts={facts} at="history" />
        {above}
        <Panel
          id="change"
          title={hash === null ? 'The zone was deleted' : `Serial ${serial}`}
          aside={
            <>
              <Age at={time ?? undefined} now={visit.now} />, by {author}
            </>
          }
        >
          {reason !== null && <p>{reason}</p>}
          <Diff diff={diffIn(past)} label={`The difference that change ${id} made`} />
        </Panel>
        {isPresent(past, newest) ? (
          <p class="muted">The zone is as this change left it.</p>
        ) : (
          <ActionForm visit={visit} action={zonePath(zone, 'history', String(id))} class="inline" label="Roll back">
            <Submit name="step" value="plan">
              Plan a roll-back to this change
            </Submit>
            <span class="muted">Nothing is changed before you have seen the plan.</span>
          </ActionForm>
        )}
      </>
    ),
  }
}

/** A zone that is not written as a zone file is compared as its document. */
function diffIn({ before, after, diff }: Past): string | null {
  const document = after ?? before
  if (!document || usualForm(document) === 'zone') return diff
  return diffOf(before ? jsonText(before) : '', after ? jsonText(after) : '')
}

const isPresent = (past: Past, newest: ChangeRow): boolean => past.id === newest.id

/** Shows what a roll-back would change. @param reason what a refused one was to have in the history */
async function plan(visit: Visit, read: Read, reason = '', above?: Child, status = 200): Promise<Shown> {
  const { facts, past } = read
  const { zone, newest } = facts
  const planned = await planOf(visit, zone, past.after === null ? null : { document: past.after })
  if (!planned.ok) return changePage(visit, read, <Note kind="problem">{planned.error.why}</Note>, planned.error.status)
  const { advice } = ownerOf(newest)
  const mayWrite = visit.may({ kind: 'write-zone', origin: absolute(zone) })
  const maps = mapFilesOf(planned.value)
  return {
    title: `Plan: ${zone} back to change ${past.id}`,
    status,
    styles: [CONSOLE_ZONE_CSS, ...maps.styles],
    scripts: maps.scripts,
    body: (
      <>
        <Heading visit={visit} facts={facts} at="history" />
        {above}
        {advice !== undefined && <Note>{advice}</Note>}
        {past.after === null && (
          <Note kind="problem">This change deleted the zone: a roll-back to it deletes it again.</Note>
        )}
        <PlanPicture plan={planned.value} />
        <Panel id="roll-back" title="Roll back">
          {mayWrite ? (
            <ActionForm visit={visit} action={zonePath(zone, 'history', String(past.id))} label="Roll back">
              <input type="hidden" name="etag" value={newest.hash === null ? '' : `"${newest.hash}"`} />
              <Field id="reason" label="Reason, for the history">
                <input id="reason" name="reason" value={reason} maxlength={500} autocomplete="off" />
              </Field>
              <Submit name="step" value="rollback" look={past.after === null ? 'danger' : undefined}>
                {`Roll back to change ${past.id}`}
              </Submit>
            </ActionForm>
          ) : (
            <p class="muted">The key {visit.key.name} may not change this zone.</p>
          )}
        </Panel>
      </>
    ),
  }
}

async function rollBack(visit: Visit, read: Read, form: URLSearchParams): Promise<Shown | Response> {
  const { facts, past } = read
  const etag = baseIn(form)
  if (etag === undefined)
    return faultOf({ status: 400, why: 'The form names no version of the zone; load the plan again.' })
  const reason = reasonIn(form)
  const body = JSON.stringify({ to: past.id, ...(reason !== '' && { reason }) })
  const path = apiPath(facts.zone, 'rollback')
  const sent = await send(visit, path, {
    method: 'POST',
    type: 'application/json',
    body,
    etag,
    reason: '',
  })
  if (sent.ok) return seeOther(`${zonePath(facts.zone)}?published=${sent.value.serial}`)
  if (sent.error.status === 412) {
    const why =
      'Somebody else changed the zone since you saw the plan. Nothing was changed; this is the plan as it is now.'
    return plan(visit, read, reason, <Note kind="problem">{why}</Note>, 412)
  }
  return plan(visit, read, reason, <Note kind="problem">{sent.error.why}</Note>, sent.error.status)
}
