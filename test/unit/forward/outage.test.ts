import { expect, test } from 'vitest'
import { type Behaviour, Bench, knowing, replyTo, silent, soa } from './support.ts'

const ONE = 'https://one.test/dns-query'
const TWO = 'https://two.test/dns-query'

const refusing: Behaviour = () => {
  throw new Error('connection refused')
}

/** Knows all names but those that begin with "no". */
const known: Behaviour = (asked) =>
  asked.name.startsWith('no') ? replyTo(asked, { rcode: 3, authorities: [soa('example')] }) : knowing()(asked)

const HOUR = 3_600_000
const NAMES = Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? `no${i}.example` : `n${i}.example`))

test.each([
  ['silent', silent],
  ['not there', refusing],
])('all upstreams are %s for an hour: kept names are stale, and fresh within 12 s afterwards', async (_, dead) => {
  const bench = new Bench({ [ONE]: known, [TWO]: known })
  for (const name of NAMES) await bench.ask(name)
  for (const url of [ONE, TWO]) bench.servers.set(url, dead)
  await bench.time.pass(300_000)

  const end = bench.time.now + HOUR
  for (let i = 0; bench.time.now < end; i++) {
    const name = NAMES[i % NAMES.length] as string
    const { rcode, answer, authority, ede, seconds, ms } = await bench.ask(name, 'A', { edns: true })
    const isThere = name.startsWith('n') && !name.startsWith('no')
    expect([rcode, ede?.code, seconds]).toEqual(isThere ? [0, 3, 30] : [3, 19, 30])
    expect(isThere ? answer : authority).toEqual([expect.stringMatching(/ 30 (A|SOA) /)])
    expect(ms).toBeLessThanOrEqual(1800)
    if (i % 10 === 0) expect((await bench.ask(`cold${i}.example`, 'A', { edns: true })).rcode).toBe(2)
    await bench.time.pass(7000)
  }

  for (const url of [ONE, TWO]) bench.servers.set(url, known)
  const back = bench.time.now
  for (const name of ['n1.example', 'never-asked.example']) {
    let last = await bench.ask(name, 'A', { edns: true })
    while (last.rcode !== 0 || last.ede !== undefined) {
      await bench.time.pass(500)
      last = await bench.ask(name, 'A', { edns: true })
    }
    expect(last.answer).toEqual([`${name} 300 A 192.0.2.1`])
    expect(bench.time.now - back).toBeLessThanOrEqual(12_000)
  }
})
