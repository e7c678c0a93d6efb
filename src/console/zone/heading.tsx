/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { Age } from '../parts/index.ts'
import type { Visit } from '../visit.ts'
import { ownerOf, type ZoneFacts } from './facts.ts'
import { zonePath } from './paths.ts'

type HeadingProps = { readonly visit: Visit; readonly facts: ZoneFacts; readonly at: Tab }

/** The pages of a zone, by the end of their paths. */
const TABS = [
  ['', 'Records'],
  ['policies', 'Policies'],
  ['edit', 'Edit'],
  ['history', 'History'],
] as const

type Tab = (typeof TABS)[number][0]

/** The facts of a zone, and the ways to its pages. */
export const Heading = ({ visit, facts: { zone, newest }, at }: HeadingProps) => (
  <>
    <dl class="facts">
      <div>
        <dt>Serial</dt>
        <dd>{String(newest.serial)}</dd>
      </div>
      <div>
        <dt>Changed</dt>
        <dd>
          <Age at={Math.min(Date.parse(newest.time ?? ''), visit.now)} now={visit.now} />
        </dd>
      </div>
      <div>
        <dt>Owned by</dt>
        <dd>{ownerOf(newest).word}</dd>
      </div>
      {newest.reason !== null && (
        <div>
          <dt>Reason</dt>
          <dd>{newest.reason}</dd>
        </div>
      )}
    </dl>
    <nav class="tabs" aria-label="Zone">
      <ul>
        {TABS.map(([path, title]) => (
          <li>
            <a href={zonePath(zone, ...(path === '' ? [] : [path]))} aria-current={path === at ? 'page' : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  </>
)
