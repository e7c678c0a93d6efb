import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answersOf, askUdp } from './messages.ts'
import { freePort, type Running, ready, start, temporaryFolder } from './processes.ts'
import { needs, pathOf } from './tools.ts'

const ROOT = join(import.meta.dirname, '../..')

type Row = {
  readonly name: string
  readonly type?: string
  readonly client?: string
  readonly answer: string | readonly string[] | object
}

/**
 * The rows without assumptions about health whose answer does not depend on health: PowerDNS before 5.1 answers from
 * all lists of `www` while there are no results.
 */
const rows: readonly Row[] = JSON.parse(
  readFileSync(join(ROOT, 'examples/powerdns/zones/example.com.test.json'), 'utf8'),
).filter(
  ({ name, type = 'A', ...row }: Row) =>
    /^A/.test(type) && !('up' in row) && !('down' in row) && `${name} ${type}` !== 'www.example.com A',
)

/** Returns the records of an expectation. */
const recordsIn = (answer: Row['answer']): readonly string[] =>
  typeof answer === 'string' ? [answer] : Array.isArray(answer) ? answer : Object.keys(answer)

needs('pdns_server')('examples/powerdns: PowerDNS, started as its README says,', () => {
  const folder = temporaryFolder()
  let server: Running
  let port: number

  beforeAll(async () => {
    port = await freePort()
    const args = [
      '--config-dir=examples/powerdns',
      '--daemon=no',
      `--local-port=${port}`,
      `--socket-dir=${folder.path}`,
    ]
    server = start(pathOf('pdns_server') ?? 'pdns_server', args, { cwd: ROOT })
    await ready('pdns_server', server, async () => (await askUdp(port)('example.com', 'SOA')).answers?.length === 1)
  })
  afterAll(async () => {
    await server.stop()
    folder.remove()
  })

  test.each(rows.map((row) => [row.name, row.type ?? 'A', row.client ?? '192.0.2.1', row.answer] as const))(
    'answers %s %s for %s as is expected of edge-gslb',
    async (name, type, client, answer) => {
      const got = answersOf(await askUdp(port)(name, type, { subnet: `${client}/32` }))
      expect(got).toHaveLength(1)
      expect(recordsIn(answer)).toContain(got[0])
    },
  )
})
