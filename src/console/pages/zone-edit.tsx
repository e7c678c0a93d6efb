/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import type { Plan } from '../../explain/index.ts'
import { MAX_CONSOLE_ZONE_CHARS } from '../../limits.ts'
import { ok, type Result } from '../../result.ts'
import { CONSOLE_EDIT_JS, CONSOLE_ZONE_CSS } from '../../static/index.ts'
import { faultOf } from '../fault.tsx'
import { ActionForm, Field, Note, Panel, Submit } from '../parts/index.ts'
import { seeOther } from '../redirect.ts'
import type { ApiFault, PageCode, Shown, Visit } from '../visit.ts'
import { Diff, diffOf } from '../zone/diff.tsx'
import {
  baseIn,
  checkOf,
  type EditForm,
  hasNames,
  MEDIA_TYPES,
  type Present,
  plannedOf,
  planOf,
  presentOf,
  reasonIn,
  send,
  textIn,
  textOf,
  type ZoneText,
} from '../zone/editing.ts'
import { Editor } from '../zone/editor.tsx'
import { type ChangeRow, type EditedZone, editedZoneOf, ownerOf } from '../zone/facts.ts'
import { Findings } from '../zone/findings.tsx'
import { Heading } from '../zone/heading.tsx'
import { absolute, apiPath, zonePath } from '../zone/paths.ts'
import { PlanPicture } from '../zone/plan.tsx'
import { mapFilesOf } from '../zone/plan-map.tsx'
import { startOf } from '../zone/start.ts'

/** Edits a zone, or makes one: text, then its plan, then publication. */
export const zoneEdit: PageCode = {
  async show(visit) {
    const facts = await editedZoneOf(visit)
    if (!facts.ok) return faultOf(facts.error)
    const present = await presentOrStart(visit, facts.value)
    if (!present.ok) return { ...faultOf(present.error), title: facts.value.zone }
    const asked = visit.url.searchParams.get('form')
    const { document, etag } = present.value
    const written = textOf(document, asked === 'zone' || asked === 'json' ? asked : undefined)
    const { form, text } = written
    if (text.length > MAX_CONSOLE_ZONE_CHARS) return tooLarge(visit, facts.value, text.length)
    return editPage(
      visit,
      facts.value,
      { form, text, etag, reason: '' },
      <Forms written={written} hasNames={hasNames(document)} zone={facts.value.zone} />,
    )
  },

  async act(visit, form) {
    const facts = await editedZoneOf(visit)
    if (!facts.ok) return faultOf(facts.error)
    const etag = baseIn(form)
    if (etag === undefined)
      return faultOf({
        status: 400,
        why: 'The form does not say which version it goes out from; expected the form of this page.',
      })
    const edited = { ...textAndForm(form), etag }
    const { text } = edited
    if (text.length > MAX_CONSOLE_ZONE_CHARS) {
      const why = `The text has ${text.length} characters; expected at most ${MAX_CONSOLE_ZONE_CHARS}. “npx edge-gslb publish” takes larger zones.`
      return editPage(visit, facts.value, edited, <Note kind="problem">{why}</Note>, 422)
    }
    const step = form.get('step')
    if (etag === '' && isThere(facts.value) && step !== 'edit') return conflictPage(visit, edited)
    switch (step) {
      case 'publish':
        return publish(visit, facts.value, edited)
      case 'check':
        return check(visit, facts.value, edited)
      case 'plan':
        return plan(visit, facts.value, edited)
      default:
        return editPage(visit, facts.value, edited)
    }
  },
}

const isThere = ({ newest }: EditedZone): boolean => newest !== undefined && newest.hash !== null

/** Reads the newest version of a zone. One that is not there has the text that a new zone begins with. */
async function presentOrStart(visit: Visit, { zone }: EditedZone): Promise<Result<Present, ApiFault>> {
  const present = await presentOf(visit, zone)
  const mayMake = visit.may({ kind: 'write-zone', origin: absolute(zone) })
  return !present.ok && present.error.status === 404 && mayMake ? ok(startOf(zone)) : present
}

const tooLarge = (visit: Visit, facts: EditedZone, length: number): Shown => ({
  title: facts.zone,
  styles: [CONSOLE_ZONE_CSS],
  body: (
    <>
      <Top visit={visit} facts={facts} />
      <Note>
        The text of this zone has {String(length)} characters; a page edits at most {String(MAX_CONSOLE_ZONE_CHARS)}.
        Edit its file, and run <code>npx edge-gslb publish</code>.
      </Note>
    </>
  ),
})

type Edited = {
  readonly form: EditForm
  readonly text: string
  readonly etag: string
  /** Kept for the history, when a publication was refused or somebody goes back to the text. */
  readonly reason: string
}

const textAndForm = (form: URLSearchParams): Omit<Edited, 'etag'> => ({
  form: form.get('form') === 'json' ? 'json' : 'zone',
  text: textIn(form, 'text'),
  reason: reasonIn(form),
})

/** The facts of the zone, and what its editor has to know of it. */
const Top = ({ visit, facts }: { readonly visit: Visit; readonly facts: EditedZone }) => {
  const { zone, newest } = facts
  if (!newest)
    return <Note>There is no zone {zone} yet: publishing makes it. Put your name servers and their addresses in.</Note>
  const { advice } = ownerOf(newest)
  return (
    <>
      <Heading visit={visit} facts={{ ...facts, newest }} at="edit" />
      {advice !== undefined && <Note>{advice}</Note>}
      {newest.hash === null && <Note>This zone was deleted: publishing makes it anew.</Note>}
    </>
  )
}

function editPage(
  visit: Visit,
  facts: EditedZone,
  { form, text, etag, reason }: Edited,
  above?: Child,
  status = 200,
): Shown {
  const mayWrite = visit.may({ kind: 'write-zone', origin: absolute(facts.zone) })
  return {
    title: facts.zone,
    status,
    styles: [CONSOLE_ZONE_CSS],
    scripts: [CONSOLE_EDIT_JS],
    // To lay out a plain field with a large zone takes longer than all else, and the editor takes its place at once.
    drawsAfterScripts: true,
    body: (
      <>
        <Top visit={visit} facts={facts} />
        {!mayWrite && <Note>The key {visit.key.name} may not change this zone: it can plan, and not publish.</Note>}
        {above}
        <Editor visit={visit} zone={facts.zone} form={form} text={text} etag={etag} reason={reason} />
      </>
    ),
  }
}

type FormsProps = { readonly written: ZoneText; readonly hasNames: boolean; readonly zone: string }

/** The way to the other form, and what a zone file would lack. */
const Forms = ({ written: { form, lost }, hasNames: named, zone }: FormsProps) => (
  <>
    <p>
      {form === 'zone' ? 'As a zone file' : 'As JSON'}.{' '}
      <a href={`${zonePath(zone, 'edit')}?form=${form === 'zone' ? 'json' : 'zone'}`}>
        {form === 'zone' ? 'Edit as JSON' : 'Edit as a zone file'}
      </a>
    </p>
    {form === 'zone' && lost.length > 0 && (
      <Note kind="problem">
        <p>A zone file does not hold all of this zone. What is published as one lacks:</p>
        <ul>
          {lost.slice(0, MAX_LOST).map((text) => (
            <li>{text}</li>
          ))}
        </ul>
        {lost.length > MAX_LOST && <p>… and {String(lost.length - MAX_LOST)} more</p>}
      </Note>
    )}
    {form === 'zone' && lost.length === 0 && named && (
      <Note>Names of checks and maps have no place in a zone file: its records say what they are.</Note>
    )}
  </>
)

const MAX_LOST = 20

async function check(visit: Visit, facts: EditedZone, edited: Edited): Promise<Shown> {
  const checked = await checkOf(visit, facts.zone, edited.form, edited.text)
  if (!checked.ok)
    return editPage(visit, facts, edited, <Note kind="problem">{checked.error.why}</Note>, checked.error.status)
  return editPage(visit, facts, edited, <Findings checked={checked.value} />, checked.value.ok ? 200 : 422)
}

async function plan(visit: Visit, facts: EditedZone, edited: Edited): Promise<Shown> {
  const { zone } = facts
  const { form, text } = edited
  const checked = await checkOf(visit, zone, form, text)
  if (!checked.ok)
    return editPage(visit, facts, edited, <Note kind="problem">{checked.error.why}</Note>, checked.error.status)
  if (!checked.value.ok) return editPage(visit, facts, edited, <Findings checked={checked.value} />, 422)
  const planned = await planOf(visit, zone, plannedOf(form, text))
  if (!planned.ok)
    return editPage(visit, facts, edited, <Note kind="problem">{planned.error.why}</Note>, planned.error.status)
  return planPage(visit, facts, edited, planned.value, <Findings checked={checked.value} />)
}

function planPage(visit: Visit, facts: EditedZone, edited: Edited, found: Plan, above: Child): Shown {
  const { zone } = facts
  const mayWrite = visit.may({ kind: 'write-zone', origin: absolute(zone) })
  const maps = mapFilesOf(found)
  return {
    title: `Plan for ${zone}`,
    styles: [CONSOLE_ZONE_CSS, ...maps.styles],
    scripts: maps.scripts,
    body: (
      <>
        <Top visit={visit} facts={facts} />
        {above}
        <PlanPicture plan={found} />
        <Panel id="publish" title="Publish">
          <ActionForm visit={visit} action={zonePath(zone, 'edit')} label="Publish">
            <Carried edited={edited} />
            {mayWrite && (
              <Field id="reason" label="Reason, for the history">
                <input id="reason" name="reason" value={edited.reason} maxlength={500} autocomplete="off" />
              </Field>
            )}
            {mayWrite && (
              <Submit name="step" value="publish">
                Publish
              </Submit>
            )}
            <Submit name="step" value="edit" look="plain">
              Back to the text
            </Submit>
          </ActionForm>
          {!mayWrite && <p class="muted">The key {visit.key.name} may not change this zone.</p>}
        </Panel>
      </>
    ),
  }
}

/** The text goes with the form: no server keeps it, and no step loses it. */
const Carried = ({ edited: { form, text, etag } }: { readonly edited: Edited }) => (
  <>
    <input type="hidden" name="form" value={form} />
    <input type="hidden" name="etag" value={etag} />
    <textarea name="text" hidden readonly>
      {`\n${text}`}
    </textarea>
  </>
)

async function publish(visit: Visit, facts: EditedZone, edited: Edited): Promise<Shown | Response> {
  const { zone } = facts
  const { form, text, etag, reason } = edited
  const sent = await send(visit, apiPath(zone), { method: 'PUT', type: MEDIA_TYPES[form], body: text, etag, reason })
  if (sent.ok) return seeOther(`${zonePath(zone)}?published=${sent.value.serial}`)
  if (sent.error.status === 412) return conflictPage(visit, edited)
  return editPage(visit, facts, edited, <Note kind="problem">{sent.error.why}</Note>, sent.error.status)
}

/** Somebody else was faster: their changes, the difference to the text, and the text itself. */
async function conflictPage(visit: Visit, edited: Edited): Promise<Shown> {
  // The zone changed since the request began, so that it is read again.
  const read = await editedZoneOf(visit)
  if (!read.ok) return faultOf(read.error)
  const facts = read.value
  const { zone, changes } = facts
  const present = await presentOf(visit, zone)
  if (!present.ok) {
    const isGone = present.error.status === 404
    const why = isGone
      ? 'Somebody deleted the zone while you edited it. Nothing was published, and your text is below.'
      : `The zone is no longer as it was when you began, and cannot be read: ${present.error.why}`
    const base = isGone ? '' : edited.etag
    return editPage(visit, facts, { ...edited, etag: base }, <Note kind="problem">{why}</Note>, 412)
  }
  const { form, text, etag } = edited
  const theirs = sinceOf(changes, etag)
  const above = (
    <>
      <Note kind="problem">
        <p>
          {etag === '' ? `The zone ${zone} is there already.` : 'Somebody else changed the zone while you edited it.'}{' '}
          Nothing was published, and your text is below.
        </p>
        {theirs.length > 0 && (
          <ul>
            {theirs.map(({ id, author, serial, reason }) => (
              <li>
                <a href={zonePath(zone, 'history', String(id))}>change {String(id)}</a>, serial {String(serial)}, by{' '}
                {author}
                {reason !== null && `: ${reason}`}
              </li>
            ))}
          </ul>
        )}
      </Note>
      <Panel id="difference" title="From the present version to your text">
        <Diff diff={diffOf(textOf(present.value.document, form).text, text)} label="The difference, line by line" />
      </Panel>
      <p>
        Take over into your text what is to stay of theirs; then plan again. Your text now goes out from the present
        version.
      </p>
    </>
  )
  return editPage(visit, facts, { ...edited, etag: present.value.etag }, above, 412)
}

/** Changes of others that are told. */
const MAX_THEIRS = 10

function sinceOf(changes: readonly ChangeRow[], etag: string): readonly ChangeRow[] {
  const base = changes.findIndex(({ hash }) => hash !== null && etag === `"${hash}"`)
  return changes.slice(0, base < 0 ? 1 : Math.min(base, MAX_THEIRS))
}
