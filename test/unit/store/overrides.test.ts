import { expect, test } from 'vitest'
import { keepGoodOverrides } from '../../../src/store/index.ts'

const GOOD = '{"overrides":[{"target":"192.0.2.1","force":"down","by":"ann","why":"a test"}]}'

function memoryKv(values: Record<string, string>) {
  const puts: string[] = []
  const put = async (key: string, value: string) => {
    puts.push(key)
    values[key] = value
  }
  return { kv: { get: async (key: string) => values[key] ?? null, put }, values, puts }
}

test('overrides that are valid are copied once, damaged ones never', async () => {
  const { kv, values, puts } = memoryKv({ overrides: GOOD })
  await keepGoodOverrides(kv)
  await keepGoodOverrides(kv)
  expect(puts).toEqual(['overrides:good'])
  values.overrides = '{"overrides":[{"force":"drain"}]}'
  await keepGoodOverrides(kv)
  expect(values['overrides:good']).toBe(GOOD)
  delete values.overrides
  await keepGoodOverrides(kv)
  expect(values['overrides:good']).toBe('{"overrides":[]}')
})

test('where there are none, nothing is written', async () => {
  const { kv, puts } = memoryKv({})
  await keepGoodOverrides(kv)
  expect(puts).toEqual([])
})
