/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { ListedRrset } from '../../api/index.ts'
import { CONSOLE_RECORDS_JS, CONSOLE_ZONE_CSS } from '../../static/index.ts'
import { faultOf } from '../fault.tsx'
import { Field, IslandData, Note, Pager, Panel, Submit, Table } from '../parts/index.ts'
import type { PageCode, Shown, Visit } from '../visit.ts'
import { factsOf, ownerOf, type ZoneFacts } from '../zone/facts.ts'
import { Heading } from '../zone/heading.tsx'
import { apiPath, shortOrigin, zonePath } from '../zone/paths.ts'
import { type RecordRow, rowOf } from '../zone/row.ts'

/** The body of `GET …/rrsets`. */
type Listed = { readonly origin: string; readonly found: number; readonly rrsets: readonly ListedRrset[] }

const ROWS_A_PAGE = 100

/** The records of a zone, which filter. */
export const zoneRecords: PageCode = {
  async show(visit) {
    const facts = await factsOf(visit)
    if (!facts.ok) return faultOf(facts.error)
    const { zone, newest } = facts.value
    if (newest.hash === null) return deletedZone(visit, facts.value)
    const asked = askedIn(visit.url)
    const query = new URLSearchParams({ ...asked.filter, limit: String(ROWS_A_PAGE) })
    query.set('offset', String((asked.page - 1) * ROWS_A_PAGE))
    const listed = await visit.read<Listed>(`${apiPath(zone, 'rrsets')}?${query}`)
    if (!listed.ok) return { ...faultOf(listed.error), title: zone }
    const { origin, found, rrsets } = listed.value
    const policies = zonePath(zone, 'policies')
    const island = { zone, policies, limit: ROWS_A_PAGE, found, shown: (asked.page - 1) * ROWS_A_PAGE + rrsets.length }
    const published = visit.url.searchParams.get('published')
    return {
      title: shortOrigin(origin),
      styles: [CONSOLE_ZONE_CSS],
      scripts: [CONSOLE_RECORDS_JS],
      body: (
        <>
          {published === String(newest.serial) && <Published serial={published} />}
          <Heading visit={visit} facts={facts.value} at="" />
          <Filter zone={zone} filter={asked.filter} />
          <Panel id="list" title="Records">
            <div id="records">
              <Table
                caption="The records of the zone"
                head={['Name', 'Type', 'TTL', 'Records']}
                numbers={[2]}
                rows={rrsets.map((rrset) => cellsOf(rowOf(rrset, policies), visit))}
                empty="No record has all of that."
              />
              <Pager url={visit.url} total={found} size={ROWS_A_PAGE} page={asked.page} what="rrsets" />
            </div>
            <div data-with-script hidden>
              <button type="button" class="plain" id="more" hidden>
                Show more
              </button>
            </div>
          </Panel>
          <IslandData id="records-data" value={island} />
        </>
      ),
    }
  },
}

type Filter = Readonly<Partial<Record<'q' | 'type' | 'steered', string>>>

function askedIn({ searchParams }: URL): { readonly filter: Filter; readonly page: number } {
  const filter: Record<string, string> = {}
  for (const name of ['q', 'type', 'steered'] as const) {
    const value = searchParams.get(name)?.trim() ?? ''
    if (value !== '') filter[name] = value
  }
  const page = Number(searchParams.get('page') ?? 1)
  return { filter, page: Number.isSafeInteger(page) && page > 0 ? page : 1 }
}

const Filter = ({ zone, filter }: { readonly zone: string; readonly filter: Filter }) => (
  <form method="get" action={zonePath(zone)} class="fields filter" id="filter" aria-label="Filter">
    <Field id="q" label="Words in name, type or data">
      <input id="q" name="q" type="search" value={filter.q ?? ''} autocomplete="off" spellcheck={false} />
    </Field>
    <Field id="type" label="Type">
      <input id="type" name="type" value={filter.type ?? ''} size={8} autocomplete="off" spellcheck={false} />
    </Field>
    <Field id="steered" label="Show">
      <select id="steered" name="steered">
        {SHOWN.map(([value, words]) => (
          <option value={value} selected={value === (filter.steered ?? '')}>
            {words}
          </option>
        ))}
      </select>
    </Field>
    <Submit look="plain">Filter</Submit>
  </form>
)

const SHOWN = [
  ['', 'all'],
  ['true', 'policies'],
  ['false', 'fixed records'],
] as const

/** The cells of a row. The script of the page writes the same. */
const cellsOf = ({ name, type, ttl, policy, data, more, comments }: RecordRow, visit: Visit) => [
  visit.may({ kind: 'read-answers' }) ? (
    <a href={`/console/name?${new URLSearchParams({ name, type })}`}>{name}</a>
  ) : (
    name
  ),
  type,
  ttl,
  <div class="data">
    {policy && (
      <a class="kind" href={policy.href}>
        {policy.kind}
      </a>
    )}
    {data.map((text) => (
      <code>{text}</code>
    ))}
    {more !== '' && <span class="muted">{more}</span>}
    {comments.map((text) => (
      <span class="comment">{text}</span>
    ))}
  </div>,
]

const Published = ({ serial }: { readonly serial: string }) => (
  <Note kind="good">Serial {serial} is published. Isolates answer with it within their refresh interval.</Note>
)

const deletedZone = (visit: Visit, facts: ZoneFacts): Shown => ({
  title: facts.zone,
  status: 404,
  styles: [CONSOLE_ZONE_CSS],
  body: (
    <>
      <Heading visit={visit} facts={facts} at="" />
      <Note>
        This zone was deleted ({ownerOf(facts.newest).word}). A roll-back to a change before brings it back:{' '}
        <a href={zonePath(facts.zone, 'history')}>history</a>.
      </Note>
    </>
  ),
})
