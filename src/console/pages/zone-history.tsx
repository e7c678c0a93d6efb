/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { CONSOLE_ZONE_CSS } from '../../static/index.ts'
import { faultOf } from '../fault.tsx'
import { Age, PagerIfLong, Panel, pageOf, Table } from '../parts/index.ts'
import type { PageCode } from '../visit.ts'
import { factsOf } from '../zone/facts.ts'
import { Heading } from '../zone/heading.tsx'
import { zonePath } from '../zone/paths.ts'

const CHANGES_A_PAGE = 50

/** The changes of a zone that are kept, the newest first. */
export const zoneHistory: PageCode = {
  async show(visit) {
    const facts = await factsOf(visit)
    if (!facts.ok) return faultOf(facts.error)
    const { zone, changes } = facts.value
    const { page, rows } = pageOf(changes, visit.url, CHANGES_A_PAGE)
    return {
      title: zone,
      styles: [CONSOLE_ZONE_CSS],
      body: (
        <>
          <Heading visit={visit} facts={facts.value} at="history" />
          <Panel id="changes" title="Changes" aside={String(changes.length)}>
            <Table
              caption="The changes, newest first"
              head={['Change', 'When', 'By', 'Reason', 'Serial']}
              numbers={[4]}
              rows={rows.map(({ id, time, author, reason, serial, hash }) => [
                <a href={zonePath(zone, 'history', String(id))}>
                  change {String(id)}
                  {hash === null && ', deleted'}
                </a>,
                <Age at={time ?? undefined} now={visit.now} />,
                author,
                reason ?? '',
                String(serial),
              ])}
            />
            <PagerIfLong url={visit.url} total={changes.length} size={CHANGES_A_PAGE} page={page} what="changes" />
          </Panel>
        </>
      ),
    }
  },
}
