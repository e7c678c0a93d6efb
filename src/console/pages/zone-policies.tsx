/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { DrawnRrset } from '../../api/index.ts'
import { CONSOLE_ZONE_CSS } from '../../static/index.ts'
import { faultOf } from '../fault.tsx'
import { Field, Pager, Panel, Submit } from '../parts/index.ts'
import type { PageCode, Visit } from '../visit.ts'
import { factsOf } from '../zone/facts.ts'
import { Heading } from '../zone/heading.tsx'
import { apiPath, shortOrigin, zonePath } from '../zone/paths.ts'
import { Tree } from '../zone/tree.tsx'

type Drawn = { readonly origin: string; readonly found: number; readonly policies: readonly DrawnRrset[] }

const POLICIES_A_PAGE = 10

/** The policies of a zone, each as a flow with its chances and the health of its targets. */
export const zonePolicies: PageCode = {
  async show(visit) {
    const facts = await factsOf(visit)
    if (!facts.ok) return faultOf(facts.error)
    const { zone } = facts.value
    const { searchParams } = visit.url
    const asked = Number(searchParams.get('page') ?? 1)
    const page = Number.isSafeInteger(asked) && asked > 0 ? asked : 1
    const query = new URLSearchParams({ limit: String(POLICIES_A_PAGE), offset: String((page - 1) * POLICIES_A_PAGE) })
    for (const name of ['q', 'name', 'type']) {
      const value = searchParams.get(name)?.trim() ?? ''
      if (value !== '') query.set(name, value)
    }
    const drawn = await visit.read<Drawn>(`${apiPath(zone, 'policies')}?${query}`)
    if (!drawn.ok) return { ...faultOf(drawn.error), title: zone }
    const { origin, found, policies } = drawn.value
    return {
      title: shortOrigin(origin),
      styles: [CONSOLE_ZONE_CSS],
      body: (
        <>
          <Heading visit={visit} facts={facts.value} at="policies" />
          <form method="get" action={zonePath(zone, 'policies')} class="fields filter" aria-label="Filter">
            <Field id="q" label="Words in name, type or policy">
              <input id="q" name="q" type="search" value={query.get('q') ?? ''} autocomplete="off" spellcheck={false} />
            </Field>
            <Submit look="plain">Filter</Submit>
          </form>
          {policies.length === 0 && <p class="empty">{emptyText(query)}</p>}
          {policies.map((policy, i) => (
            <Policy policy={policy} id={`policy-${i}`} visit={visit} />
          ))}
          <Pager url={visit.url} total={found} size={POLICIES_A_PAGE} page={page} what="policies" />
        </>
      ),
    }
  },
}

const emptyText = (query: URLSearchParams): string =>
  query.has('q') || query.has('name')
    ? 'No policy has all of that.'
    : 'Nothing is steered in this zone: all of its records are fixed.'

type PolicyProps = { readonly policy: DrawnRrset; readonly id: string; readonly visit: Visit }

const Policy = ({ policy: { name, type, ttl, code, tree }, id, visit }: PolicyProps) => (
  <Panel
    id={id}
    title={`${name} ${type}`}
    aside={
      <>
        TTL {typeof ttl === 'number' ? `${ttl} s` : `${ttl[0]} to ${ttl[1]} s`}
        {visit.may({ kind: 'read-answers' }) && (
          <>
            {' · '}
            <a href={`/console/name?${new URLSearchParams({ name, type })}`}>
              who gets what<span class="unseen"> of {name}</span>
            </a>
          </>
        )}
      </>
    }
  >
    {code !== undefined && (
      <details>
        <summary>Lua code</summary>
        <pre>{code}</pre>
      </details>
    )}
    <Tree tree={tree} now={visit.now} label={`The policy of ${name} ${type}`} />
  </Panel>
)
