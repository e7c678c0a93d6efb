/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import { formatName, parseName, ROOT } from '../../dns/index.ts'
import { refusalOf } from '../../keys/index.ts'
import { faultOf } from '../fault.tsx'
import { Field, Note, Submit } from '../parts/index.ts'
import { seeOther } from '../redirect.ts'
import type { PageCode, Shown } from '../visit.ts'
import { absolute, apiPath, shortOrigin, zonePath } from '../zone/paths.ts'

/** Asks for the name of a zone that is to be made, and leads to the page that edits its text. It writes nothing. */
export const zoneNew: PageCode = {
  async show(visit) {
    const name = (visit.url.searchParams.get('name') ?? '').trim()
    if (name === '') return page(name)
    const zone = zoneOf(name)
    const found = await visit.read(apiPath(zone))
    if (found.ok) return page(name, <ThereAlready zone={zone} />, 409)
    if (found.error.status !== 404) return page(name, found.error.why, found.error.status)
    const why = refusalOf(visit.key, { kind: 'write-zone', origin: absolute(zone) })
    return why === undefined ? seeOther(zonePath(zone, 'edit')) : faultOf({ status: 403, why })
  },
}

/** Returns the zone as paths name it. The API tells what is wrong with a text that is no name. */
function zoneOf(text: string): string {
  const parsed = parseName(text, ROOT)
  return parsed.ok ? shortOrigin(formatName(parsed.value.key)) : text
}

const ThereAlready = ({ zone }: { readonly zone: string }) => (
  <>
    The zone {zone} is there already: <a href={zonePath(zone, 'edit')}>edit it</a>, or choose another name.
  </>
)

const page = (name: string, problem?: Child, status = 200): Shown => ({
  title: 'New zone',
  status,
  body: (
    <>
      {problem !== undefined && <Note kind="problem">{problem}</Note>}
      <form method="get" action="/console/new-zone" class="fields" aria-label="New zone">
        <Field id="name" label="Name" help="as example.com">
          <input
            id="name"
            name="name"
            value={name}
            required
            aria-describedby="name-help"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        </Field>
        <Submit>Write its text</Submit>
      </form>
      <p class="help">Nothing is published before you have seen the plan.</p>
    </>
  ),
})
