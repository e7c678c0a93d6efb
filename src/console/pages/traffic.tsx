/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { CONSOLE_PLOT_CSS, CONSOLE_PLOT_JS } from '../../static/index.ts'
import { faultOf } from '../fault.tsx'
import { IslandData, Panel, Table, ZoomButtons } from '../parts/index.ts'
import type { PageCode } from '../visit.ts'

/** The body of `GET /api/v1/traffic`. */
type Traffic = {
  readonly step: number
  readonly series: readonly { readonly at: string; readonly queries: number }[]
  readonly zones: readonly { readonly zone: string; readonly rcode: string; readonly queries: number }[]
  readonly branches: readonly { readonly rrset: string; readonly branch: string; readonly queries: number }[]
  readonly countries: readonly { readonly country: string; readonly queries: number }[]
}

const SPANS = [1, 6, 24, 168] as const

/** Queries over time, by zone, branch and country. */
export const traffic: PageCode = {
  async show({ read, url, now }) {
    const hours = SPANS.find((span) => String(span) === url.searchParams.get('hours')) ?? 24
    const counted = await read<Traffic>(`/api/v1/traffic?hours=${hours}`)
    if (!counted.ok) return faultOf(counted.error)
    const { step, series, zones, branches, countries } = counted.value
    const total = series.reduce((sum, { queries }) => sum + queries, 0)
    const from = new Date(now - hours * 3_600_000).toISOString()
    return {
      title: 'Traffic',
      scripts: [CONSOLE_PLOT_JS],
      styles: [CONSOLE_PLOT_CSS],
      body: (
        <>
          <Panel
            id="over-time"
            title="Queries"
            aside={
              <nav aria-label="Span" class="spans">
                {SPANS.map((span) => (
                  <a href={`/console/traffic?hours=${span}`} aria-current={span === hours ? 'true' : undefined}>
                    {span < 24 ? `${span} h` : span === 24 ? 'a day' : 'a week'}
                  </a>
                ))}
              </nav>
            }
          >
            <p>
              {total.toLocaleString('en')} queries, {(total / hours / 3600).toPrecision(3)} a second. Counts are
              estimates where queries or points are sampled.
            </p>
            <IslandData id="traffic" value={{ from, to: new Date(now).toISOString(), step, series }} />
            <div hidden data-with-script>
              <ZoomButtons />
              <div id="queries" role="img" aria-label={`Queries over ${hours} hours, ${total} in all`} />
            </div>
          </Panel>
          <div class="columns">
            <Panel id="zones" title="By zone and rcode">
              <Counts
                head={['Zone', 'Rcode', 'Queries']}
                rows={zones.map(({ zone, rcode, queries }) => [zone || 'none of ours', rcode, queries])}
              />
            </Panel>
            <Panel id="countries" title="By country of the connection">
              <Counts
                head={['Country', 'Queries']}
                rows={countries.map(({ country, queries }) => [country || 'unknown', queries])}
              />
            </Panel>
          </div>
          <Panel id="branches" title="By branch">
            <Counts
              head={['Rrset', 'Branch', 'Queries']}
              rows={branches.map(({ rrset, branch, queries }) => [rrset || 'no such name', branch || 'none', queries])}
            />
          </Panel>
        </>
      ),
    }
  },
}

type CountsProps = { readonly head: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] }

/** The largest counts; the last column is the number. */
const Counts = ({ head, rows }: CountsProps) => (
  <Table
    caption={head.join(', ')}
    head={head}
    numbers={[head.length - 1]}
    empty="Nothing was counted."
    rows={rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)))}
  />
)
