import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCount } from '../effort.ts'
import { pause } from '../eventually.ts'
import { API_KEY, ApiClient, ONE_ZONE, replace, type ShownZone, soon } from './api-client.ts'
import { type Ask, answersOf, askDoh, rcodeOf } from './messages.ts'
import { type Folder, temporaryFolder } from './processes.ts'
import { type Server, startServerIn } from './server.ts'
import { killWorker } from './workerd.ts'

/**
 * Kills workerd, with the Durable Objects and local KV that run in it, at random moments of a stream of writes, and
 * starts it again on what is left on the disk.
 */
const KILLS = Math.max(30, runCount(30))
const MAX_WRITING_MS = 1500
const ZONE = 'kill.example.'
/** Each changes two names in one PATCH, again and again. */
const WRITERS = [0, 1, 2]
const BRIEF_ZONE = 'brief.example.'

let folder: Folder
let server: Server
beforeAll(async () => {
  folder = temporaryFolder()
  mkdirSync(join(folder.path, 'zones'))
  for (const [name, text] of Object.entries(ONE_ZONE)) writeFileSync(join(folder.path, 'zones', name), text)
  server = await startServerIn(folder.path, API_KEY)
})
afterAll(async () => {
  await server.stop()
  folder.remove()
})

/** The knowledge of a writer: the last number that was answered, and one that was sent without an answer. */
type Known = { answered: number; sent: number }

/** Other records, so that a version of the zone is in several values of KV, which are written one after the other. */
const OTHERS = Array.from({ length: 4000 }, (_, i) => `n${i} A 192.0.${2 + (i >> 8)}.${i & 255}\n`)

const addressOf = (number: number): string => `10.0.${number >> 8}.${number & 255}`
const pairOf = (writer: number, number: number) => [
  replace(`a-${writer}.${ZONE}`, 'A', 60, addressOf(number)),
  replace(`t-${writer}.${ZONE}`, 'TXT', 60, `"${number}"`),
]

test(`${KILLS} kills of workerd lose no write that was answered, and leave no half of one`, async () => {
  const api = () => new ApiClient(server)
  const known = WRITERS.map((): Known => ({ answered: 0, sent: 0 }))
  const brief = { isThere: false, isSure: true }
  const others = `$TTL 60\n@ IN SOA ns root 1 2 3 4 5\n@ IN NS ns.example.net.\n${OTHERS.join('')}`
  await api().must(201, 'POST', 'Z', { name: ZONE, kind: 'Native', soa_edit_api: 'INCREASE', zone: others })
  await api().patch(ZONE, ...WRITERS.flatMap((writer) => pairOf(writer, 0)))
  await soon(async () => expect(answersOf(await askDoh(server.url)(`a-0.${ZONE}`, 'A'))).toEqual([addressOf(0)]))
  let writes = 0
  for (let kill = 0; kill < KILLS; kill++) {
    let isKilled = false
    const write = async (writer: number): Promise<void> => {
      const mine = known[writer] as Known
      while (!isKilled) {
        mine.sent = mine.answered + 1
        const reply = await tried(() => api().call('PATCH', `Z/${ZONE}`, { rrsets: pairOf(writer, mine.sent) }))
        if (reply === undefined) return
        expect([reply.status, reply.text]).toEqual([204, ''])
        mine.answered = mine.sent
        writes++
      }
    }
    const makeAndRemove = async (): Promise<void> => {
      while (!isKilled) {
        brief.isSure = false
        const body = { name: BRIEF_ZONE, kind: 'Native', nameservers: ['ns.example.net.'] }
        const reply = await tried(() =>
          brief.isThere ? api().call('DELETE', `Z/${BRIEF_ZONE}`) : api().call('POST', 'Z', body),
        )
        if (reply === undefined) return
        expect(reply.status).toBe(brief.isThere ? 204 : 201)
        Object.assign(brief, { isThere: !brief.isThere, isSure: true })
        writes++
      }
    }
    const writing = Promise.all([...WRITERS.map(write), makeAndRemove()])
    await pause(Math.random() * MAX_WRITING_MS)
    isKilled = true
    killWorker(server)
    await writing
    await server.stop()
    server = await startServerIn(folder.path, API_KEY)

    const ask = askDoh(server.url)
    // Before anything else is asked: what is served is one version of the zone.
    for (const writer of WRITERS) await expectWhole(ask, writer)
    const zone = await api().zone(ZONE)
    for (const writer of WRITERS) {
      const mine = known[writer] as Known
      const number = numberIn(zone, writer)
      expect([mine.answered, mine.sent]).toContain(number)
      Object.assign(mine, { answered: number, sent: number })
    }
    const { status } = await api().call('GET', `Z/${BRIEF_ZONE}`)
    if (brief.isSure) expect(status).toBe(brief.isThere ? 200 : 404)
    brief.isThere = status === 200
    const listed = (await api().must(200, 'GET', 'Z')).body as readonly { readonly name: string }[]
    expect(listed.map(({ name }) => name).sort()).toEqual(
      [...(brief.isThere ? [BRIEF_ZONE] : []), 'file.example.', ZONE].sort(),
    )
    // A version that was left unpublished is published without another write.
    await soon(async () => {
      for (const [writer, { answered }] of known.entries()) {
        expect(answersOf(await ask(`a-${writer}.${ZONE}`, 'A'))).toEqual([addressOf(answered)])
      }
      expect(rcodeOf(await ask(BRIEF_ZONE, 'SOA'))).toBe(brief.isThere ? 'NOERROR' : 'REFUSED')
    })
    for (const writer of WRITERS) await expectWhole(ask, writer)
  }
  const { body } = await api().must(200, 'GET', '/api/v1/zones/kill.example/history')
  const { changes } = body as { readonly changes: readonly { readonly id: number; readonly serial: number }[] }
  const steps = changes.slice(1).map(({ id, serial }, i) => {
    const later = changes[i]
    return [later && later.id - id, later && later.serial - serial]
  })
  expect(steps.every(([ids, serials]) => ids === 1 && serials === 1)).toBe(true)
  console.log(`${KILLS} kills of workerd in a stream of ${writes} answered writes: all are there`)
})

/** Returns undefined if the server went away before it answered. */
const tried = <T>(call: () => Promise<T>): Promise<T | undefined> => call().catch(() => undefined)

function numberIn({ rrsets }: ShownZone, writer: number): number {
  const contentOf = (owner: string) => rrsets.find(({ name }) => name === `${owner}.${ZONE}`)?.records[0]?.content
  const number = Number(JSON.parse(contentOf(`t-${writer}`) ?? '""'))
  expect(contentOf(`a-${writer}`)).toBe(addressOf(number))
  return number
}

/** Both names of a writer have the same number in answers. A version that comes between two queries is asked again. */
async function expectWhole(ask: Ask, writer: number): Promise<void> {
  const address = async (): Promise<string> => answersOf(await ask(`a-${writer}.${ZONE}`, 'A')).join()
  for (;;) {
    const before = await address()
    const texts = answersOf(await ask(`t-${writer}.${ZONE}`, 'TXT'))
    if ((await address()) !== before) continue
    expect([texts, before]).toEqual([[expect.stringMatching(/\d/)], addressOf(Number(/\d+/.exec(texts.join())?.[0]))])
    return
  }
}
