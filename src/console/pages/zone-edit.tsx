/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import type { Plan } from '../../explain/index.ts'
import { MAX_CONSOLE_ZONE_CHARS } from '../../limits.ts'
import { CONSOLE_EDIT_JS, CONSOLE_ZONE_CSS } from '../../static/index.ts'
import { faultOf } from '../fault.tsx'
import { ActionForm, Field, Note, Panel, Submit } from '../parts/index.ts'
import { seeOther } from '../redirect.ts'
import type { PageCode, Shown, Visit } from '../visit.ts'
import { Diff, diffOf } from '../zone/diff.tsx'
import {
  checkOf,
  type EditForm,
  hasNames,
  isTag,
  MEDIA_TYPES,
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
import { type ChangeRow, factsOf, ownerOf, type ZoneFacts } from '../zone/facts.ts'
import { Findings } from '../zone/findings.tsx'
import { Heading } from '../zone/heading.tsx'
import { absolute, apiPath, zonePath } from '../zone/paths.ts'
import { PlanPicture } from '../zone/plan.tsx'
import { mapFilesOf } from '../zone/plan-map.tsx'

/** Edits a zone: text, then its plan, then publication. */
export const zoneEdit: PageCode = {
  async show(visit) {
    const facts = await factsOf(visit)
    if (!facts.ok) return faultOf(facts.error)
    const present = await presentOf(visit, facts.value.zone)
    if (!present.ok) return { ...faultOf(present.error), title: facts.value.zone }
    const asked = visit.url.searchParams.get('form')
    const { document, etag } = present.value
    const written = textOf(document, asked === 'zone' || asked === 'json' ? asked : undefined)
    const { form, text } = written
    if (text.length > MAX_CONSOLE_ZONE_CHARS) return tooLarge(visit, facts.value, text.length)
    return editPage(
      visit,
      facts.value,
      { form, text, etag },
      <Forms written={written} hasNames={hasNames(document)} zone={facts.value.zone} />,
    )
  },

  async act(visit, form) {
    const facts = await factsOf(visit)
    if (!facts.ok) return faultOf(facts.error)
    const edited = editedIn(form)
    const { text, etag } = edited
    if (!isTag(etag))
      return faultOf({
        status: 400,
        why: 'The form does not say which version it goes out from; expected the form of this page.',
      })
    if (text.length > MAX_CONSOLE_ZONE_CHARS) {
      const why = `The text has ${text.length} characters; expected at most ${MAX_CONSOLE_ZONE_CHARS}. “npx edge-gslb publish” takes larger zones.`
      return editPage(visit, facts.value, edited, <Note kind="problem">{why}</Note>, 422)
    }
    switch (form.get('step')) {
      case 'publish':
        return publish(visit, facts.value, edited, reasonIn(form))
      case 'check':
        return check(visit, facts.value, edited)
      case 'plan':
        return plan(visit, facts.value, edited)
      default:
        return editPage(visit, facts.value, edited)
    }
  },
}

const tooLarge = (visit: Visit, facts: ZoneFacts, length: number): Shown => ({
  title: facts.zone,
  styles: [CONSOLE_ZONE_CSS],
  body: (
    <>
      <Heading visit={visit} facts={facts} at="edit" />
      <Note>
        The text of this zone has {String(length)} characters; a page edits at most {String(MAX_CONSOLE_ZONE_CHARS)}.
        Edit its file, and run <code>npx edge-gslb publish</code>.
      </Note>
    </>
  ),
})

type Edited = { readonly form: EditForm; readonly text: string; readonly etag: string }

const editedIn = (form: URLSearchParams): Edited => ({
  form: form.get('form') === 'json' ? 'json' : 'zone',
  text: textIn(form, 'text'),
  etag: form.get('etag') ?? '',
})

function editPage(visit: Visit, facts: ZoneFacts, { form, text, etag }: Edited, above?: Child, status = 200): Shown {
  const { advice } = ownerOf(facts.newest)
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
        <Heading visit={visit} facts={facts} at="edit" />
        {advice !== undefined && <Note>{advice}</Note>}
        {!mayWrite && <Note>The key {visit.key.name} may not change this zone: it can plan, and not publish.</Note>}
        {above}
        <Editor visit={visit} zone={facts.zone} form={form} text={text} etag={etag} />
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

async function check(visit: Visit, facts: ZoneFacts, edited: Edited): Promise<Shown> {
  const checked = await checkOf(visit, facts.zone, edited.form, edited.text)
  if (!checked.ok)
    return editPage(visit, facts, edited, <Note kind="problem">{checked.error.why}</Note>, checked.error.status)
  return editPage(visit, facts, edited, <Findings checked={checked.value} />, checked.value.ok ? 200 : 422)
}

async function plan(visit: Visit, facts: ZoneFacts, edited: Edited): Promise<Shown> {
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

function planPage(visit: Visit, facts: ZoneFacts, edited: Edited, found: Plan, above: Child): Shown {
  const { zone, newest } = facts
  const { advice } = ownerOf(newest)
  const mayWrite = visit.may({ kind: 'write-zone', origin: absolute(zone) })
  const maps = mapFilesOf(found)
  return {
    title: `Plan for ${zone}`,
    styles: [CONSOLE_ZONE_CSS, ...maps.styles],
    scripts: maps.scripts,
    body: (
      <>
        <Heading visit={visit} facts={facts} at="edit" />
        {above}
        {advice !== undefined && <Note>{advice}</Note>}
        <PlanPicture plan={found} />
        <Panel id="publish" title="Publish">
          <ActionForm visit={visit} action={zonePath(zone, 'edit')} label="Publish">
            <Carried edited={edited} />
            {mayWrite && (
              <Field id="reason" label="Reason, for the history">
                <input id="reason" name="reason" maxlength={500} autocomplete="off" />
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

async function publish(visit: Visit, facts: ZoneFacts, edited: Edited, reason: string): Promise<Shown | Response> {
  const { zone } = facts
  const { form, text, etag } = edited
  const sent = await send(visit, apiPath(zone), { method: 'PUT', type: MEDIA_TYPES[form], body: text, etag, reason })
  if (sent.ok) return seeOther(`${zonePath(zone)}?published=${sent.value.serial}`)
  if (sent.error.status === 412) return conflictPage(visit, facts, edited)
  return editPage(visit, facts, edited, <Note kind="problem">{sent.error.why}</Note>, sent.error.status)
}

/** Somebody else was faster: their changes, the difference to the text, and the text itself. */
async function conflictPage(visit: Visit, facts: ZoneFacts, edited: Edited): Promise<Shown> {
  const { zone, changes } = facts
  const present = await presentOf(visit, zone)
  if (!present.ok) {
    const why = `The zone is no longer as it was when you began, and cannot be read: ${present.error.why}`
    return editPage(visit, facts, edited, <Note kind="problem">{why}</Note>, 412)
  }
  const { form, text, etag } = edited
  const theirs = sinceOf(changes, etag)
  const above = (
    <>
      <Note kind="problem">
        <p>Somebody else changed the zone while you edited it. Nothing was published, and your text is below.</p>
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
        <Diff
          diff={diffOf(textOf(present.value.document, form).text, text)}
          label="From the present version to your text"
        />
      </Panel>
      <p>
        Take over into your text what is to stay of theirs; then plan again. Your text now goes out from the present
        version.
      </p>
    </>
  )
  return editPage(visit, facts, { form, text, etag: present.value.etag }, above, 412)
}

/** Changes of others that are told. */
const MAX_THEIRS = 10

function sinceOf(changes: readonly ChangeRow[], etag: string): readonly ChangeRow[] {
  const base = changes.findIndex(({ hash }) => hash !== null && etag === `"${hash}"`)
  return changes.slice(0, base < 0 ? 1 : Math.min(base, MAX_THEIRS))
}
