import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeIo } from '../../../src/cli/probe-node.ts'
import { eventually } from '../../eventually.ts'
import { CASES } from './cases.ts'
import { CA, type Running, startServers } from './servers.ts'
import { complaints, MOST_WRITTEN, observe } from './support.ts'

const io = nodeIo(CA)
let servers: Map<string, Running>

beforeAll(async () => {
  servers = await startServers()
})
afterAll(() => {
  for (const { stop } of servers.values()) stop()
})

describe('from Node', () => {
  test.each(CASES)('$name', async (one) => {
    const server = servers.get(one.name) as Running
    const observed = await observe(one, server.port, io)
    expect(complaints(one, observed, io)).toEqual([])
    await eventually(() => expect(server.tally().open).toBe(0))
    expect(server.tally().written).toBeLessThan(MOST_WRITTEN)
  })
})
