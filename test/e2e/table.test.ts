import type { DecodedPacket } from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DNSDISTS, startDnsdist } from './dnsdist.ts'
import { type Ask, answersOf, askDoh, askUdp, rcodeOf, subnetOf, summary } from './messages.ts'
import { pooled, until } from './processes.ts'
import { startRemotePdns } from './remote-backend.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { DOWN, NETWORKS, QUESTIONS, TABLE_ORIGIN, TABLE_ZONE, type TableQuestion } from './table-cases.ts'
import { has, needs } from './tools.ts'

const KEY = 'the-key-of-the-table'
const PROBE = `static.${TABLE_ORIGIN}`

let server: Server
let front: Front
const ways = new Map<string, { readonly ask: Ask; readonly stop: () => Promise<void> }>()

/** One table for the ways to the same zone: by HTTPS, through each dnsdist that is here, and through PowerDNS. */
needs(
  'nghttpx',
  'openssl',
  'dnsdist',
  'pdns-backend-remote',
)('200 clients', () => {
  beforeAll(async () => {
    server = await startServer(TABLE_ZONE, KEY)
    front = await startFront(server.port)
    ways.set('HTTPS', { ask: askDoh(server.url), stop: async () => {} })
    for (const tool of DNSDISTS.filter(has)) {
      const dnsdist = await startDnsdist(front, PROBE, tool)
      ways.set(tool, { ask: askUdp(dnsdist.port), stop: dnsdist.stop })
    }
    const pdns = await startRemotePdns(front, PROBE, { key: KEY })
    const ask = askUdp(pdns.port)
    const asked: Ask = (...question) => {
      if (!pdns.running()) throw new Error(`pdns_server ended by itself:\n${pdns.output()}`)
      return ask(...question)
    }
    ways.set('pdns', { ask: asked, stop: pdns.stop })
  })
  afterAll(async () => {
    for (const { stop } of ways.values()) await stop()
    await front?.stop()
    await server?.stop()
  })

  test.each(DOWN.map((targets) => [targets.join(' ') || 'nothing', targets] as const))(
    'with %s down: 100 networks get the same answers and scopes every way',
    async (_, targets) => {
      expect(NETWORKS).toHaveLength(100)
      await force(targets)
      // Each asks a quarter of the questions, its neighbours the others.
      const cases = NETWORKS.flatMap((subnet, at) =>
        QUESTIONS.filter((_, number) => number % 4 === at % 4).map((question) => ({ subnet, question })),
      )
      const wrong = (await pooled(cases, ({ subnet, question }) => differences(question, subnet))).flat()
      expect(wrong.slice(0, 20)).toEqual([])
    },
  )
})

/** Forces targets down, and waits until the answers show it. */
async function force(targets: readonly string[]): Promise<void> {
  const overrides = targets.map((target) => ({ target, force: 'down', by: 'test', why: 'table' }))
  // The guard of the API refuses overrides that leave a pool without a member, as one row of the table does.
  const response = await fetch(`${server.url}/api/v1/overrides?force=true`, {
    method: 'PUT',
    headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ overrides }),
  })
  if (!response.ok) throw new Error(await response.text())
  const wanted = ['192.0.2.11', '192.0.2.12', '192.0.2.13'].filter((address) => !targets.includes(address))
  const ask = askDoh(server.url)
  await until('the overrides count', async () => {
    const seen = answersOf(await ask(`all.${TABLE_ORIGIN}`, 'A'))
    return seen.join(' ') === wanted.join(' ')
  })
}

/** Returns the ways that answer otherwise than DNS over HTTPS. */
async function differences(question: TableQuestion, subnet: string): Promise<string[]> {
  const replies = new Map<string, DecodedPacket>()
  for (const [way, { ask }] of ways) replies.set(way, await ask(question.name, question.type, { subnet }))
  const expected = seen(replies.get('HTTPS'), question)
  return [...replies].flatMap(([way, reply]) => {
    // PowerDNS has no scope for an answer without records.
    const isScopeless = way === 'pdns' && (reply.answers ?? []).length === 0
    const wanted = isScopeless ? { ...expected, subnet: subnetOf(reply) } : expected
    const got = seen(reply, question)
    return JSON.stringify(got) === JSON.stringify(wanted)
      ? []
      : [
          `${question.name} ${question.type} for ${subnet} by ${way}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`,
        ]
  })
}

/** The parts that the table compares: rcode, answer section, Client Subnet option with its scope. */
function seen(reply: DecodedPacket | undefined, { among }: TableQuestion) {
  if (!reply) throw new Error('no reply')
  const lines = summary(reply).filter((line) => line.startsWith('='))
  const answers = among
    ? lines.map((line) => (among.some((one) => line.endsWith(` ${one}`)) ? 'one of them' : line))
    : lines
  return { rcode: rcodeOf(reply), answers, subnet: subnetOf(reply) }
}
