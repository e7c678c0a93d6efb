import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ask, answersOf, askDoh, countOf, type Options, shown, unlikely } from './messages.ts'
import { times, until } from './processes.ts'
import { exampleZones, type Server, startServer } from './server.ts'

/** The behaviour of the example zones, as a zone file and as JSON. */
const ZONES = [
  { origin: 'example.com', file: 'example.com.zone', light: "{1, '1.2.3.4'}, {2,", heavy: "{1, '1.2.3.4'}, {100," },
  { origin: 'example.net', file: 'example.net.json', light: '"weight": 2', heavy: '"weight": 100' },
]

let server: Server
let ask: Ask
beforeAll(async () => {
  server = await startServer(exampleZones())
  ask = askDoh(server.url)
})
afterAll(() => server?.stop())

const answer = async (name: string, options: Options = {}): Promise<string[]> =>
  answersOf(await ask(name, 'A', options))

const drawn = async (count: number, name: string, options: Options = {}): Promise<Map<string, number>> =>
  countOf(await times(count, () => answer(name, options)))

/** Sends a query in the JSON form, with the network as a parameter. */
async function asJson(name: string, { subnet, from }: Options): Promise<string[]> {
  const parameters = new URLSearchParams({ name, ...(subnet && { edns_client_subnet: subnet }) })
  const headers = { ...(from && { 'cf-connecting-ip': from }) }
  const response = await fetch(`${server.url}/resolve?${parameters}`, { headers })
  const { Answer = [] } = (await response.json()) as { Answer?: { data: string }[] }
  return Answer.map(({ data }) => data)
}

describe.each(ZONES)('$file', ({ origin, file, light, heavy }) => {
  test('random: 1,000 queries split 1:2', async () => {
    const counts = await drawn(1000, `random.${origin}`)
    console.log(`random.${origin}: ${shown(counts)}`)
    expect(unlikely(counts, { '1.2.3.4': 1 / 3, '4.3.2.1': 2 / 3 })).toEqual([])
  })

  test.each<[Options, string]>([
    [{ from: '192.168.0.0' }, '192.168.1.54'],
    [{ from: '192.168.255.255' }, '192.168.1.54'],
    [{ from: '192.167.255.255' }, '192.0.2.1'],
    [{ from: '192.169.0.0' }, '192.0.2.1'],
    [{ from: '203.0.113.9' }, '192.0.2.1'],
    [{}, '192.0.2.1'],
    [{ subnet: '192.168.7.0/24' }, '192.168.1.54'],
    [{ subnet: '192.168.7.9/32' }, '192.168.1.54'],
    [{ subnet: '198.51.100.0/24' }, '192.0.2.1'],
    [{ subnet: '192.168.7.0/24', from: '203.0.113.9' }, '192.168.1.54'],
    [{ subnet: '198.51.100.0/24', from: '192.168.7.9' }, '192.0.2.1'],
  ])('src for %j is %s', async (options, expected) => {
    expect(await answer(`src.${origin}`, options)).toEqual([expected])
    expect(await asJson(`src.${origin}`, options)).toEqual([expected])
  })

  test.each<[Options, string, string]>([
    [{ from: '192.168.3.4' }, '1.2.3.4', '1.2.3.5'],
    [{ from: '203.0.113.9' }, '4.3.2.1', '4.3.2.2'],
    [{ subnet: '192.168.3.0/24', from: '203.0.113.9' }, '1.2.3.4', '1.2.3.5'],
    [{ subnet: '203.0.113.0/24' }, '4.3.2.1', '4.3.2.2'],
  ])('src-rand for %j is %s or %s, half and half', async (options, one, other) => {
    expect(unlikely(await drawn(200, `src-rand.${origin}`, options), { [one]: 1 / 2, [other]: 1 / 2 })).toEqual([])
  })

  describe('edited while the server runs', () => {
    const path = () => join(server.zones, file)
    const original = () => exampleZones()[file] ?? ''
    const edited = () => original().replace(light, heavy)
    /** The share of 1.2.3.4 is a third before the edit and a hundredth after it. */
    const isHeavy = async () => ((await drawn(100, `random.${origin}`)).get('1.2.3.4') ?? 0) < 12

    test('weights of 1 and 100 are answered', async () => {
      expect(edited()).not.toBe(original())
      const saved = performance.now()
      writeFileSync(path(), edited())
      await until('the weights are 1 and 100', isHeavy)
      const seconds = (performance.now() - saved) / 1000
      const counts = await drawn(1000, `random.${origin}`)
      console.log(`random.${origin}, ${seconds.toFixed(1)} s after the edit: ${shown(counts)}`)
      expect(unlikely(counts, { '1.2.3.4': 1 / 101, '4.3.2.1': 100 / 101 })).toEqual([])
    })

    test('an invalid edit is reported, and the last valid zone stays in service', async () => {
      const before = server.output().length
      writeFileSync(path(), edited().replace('192.168.1.54', '192.168.1.540'))
      const told = new RegExp(`${file.replaceAll('.', '\\.')}:\\d+:\\d+: .*192\\.168\\.1\\.540`)
      await until('the error is told', () => told.test(server.output().slice(before)))
      await new Promise((resolve) => setTimeout(resolve, 2500))
      expect(await answer(`src.${origin}`, { from: '192.168.3.4' })).toEqual(['192.168.1.54'])
      expect(await isHeavy()).toBe(true)
    })

    test('a fixed zone is served again', async () => {
      writeFileSync(path(), original().replace('192.168.1.54', '192.168.1.55'))
      const mended = async () => (await answer(`src.${origin}`, { from: '192.168.3.4' }))[0] === '192.168.1.55'
      await until('the mended zone is answered', mended)
      expect(readFileSync(path(), 'utf8')).toContain(light)
      expect(await isHeavy()).toBe(false)
    })
  })
})
