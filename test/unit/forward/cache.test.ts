import { expect, test } from 'vitest'
import { Bench, knowing, subnet } from './support.ts'

const ONE = 'https://one.test/dns-query'

test('the cache is bounded in octets, and keeps what is asked for', async () => {
  const maxBytes = 100_000
  const bench = new Bench({ [ONE]: knowing('192.0.2.1', 86_400) }, maxBytes)
  await bench.ask('popular.example')
  for (let i = 0; i < 2000; i++) {
    await bench.time.run(bench.send(`n${i}.example`))
    if (i % 20 === 0) expect((await bench.ask('popular.example')).ms).toBe(0)
    expect(bench.forwarder.cache.bytes).toBeLessThanOrEqual(maxBytes + 2000)
  }
  expect(bench.servers.log.filter(({ name }) => name === 'popular.example')).toHaveLength(1)
  await bench.ask('n0.example')
  expect(bench.servers.log.filter(({ name }) => name === 'n0.example')).toHaveLength(2)
})

test('one name keeps 64 variants', async () => {
  const options = (i: number) => ({ options: [subnet(`10.0.${i}.0`, 24)] })
  const bench = new Bench({
    [ONE]: (asked) => {
      const reply = Buffer.from(knowing()(asked) as Uint8Array)
      // The option of the query, with scope 24.
      const opt = Buffer.from(
        asked.message.subarray(asked.message.indexOf(Buffer.from([0, 0, 41])), asked.message.length),
      )
      opt[11 + 7] = 24
      reply[11] = 1
      return Buffer.concat([reply, opt])
    },
  })
  for (let i = 0; i < 100; i++) await bench.ask('www.example', 'A', options(i))
  const before = bench.forwarder.cache.bytes
  for (let i = 99; i >= 36; i--) await bench.ask('www.example', 'A', options(i))
  expect(bench.servers.log).toHaveLength(100)
  await bench.ask('www.example', 'A', options(0))
  expect(bench.servers.log).toHaveLength(101)
  expect(bench.forwarder.cache.bytes).toBe(before)
})
