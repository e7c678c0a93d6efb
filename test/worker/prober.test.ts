import { expect, test } from 'vitest'
import type { Probe } from '../../src/health/index.ts'
import type { Prober } from '../../src/worker/index.ts'
import { Sessions } from '../../src/worker/prober.ts'
import { OK, poolZone, probesOf } from './health-support.ts'

const [PROBE] = [...probesOf(poolZone('pool.example', ['192.0.2.1'])).values()] as [Probe]

/** Invocations in order: each has the number of connections that a probe leaves open, or breaks. */
function proberOf(invocations: readonly (number | 'breaks')[]) {
  const disposed: number[] = []
  let opened = 0
  const open = () => {
    const number = opened++
    const probe = async () => {
      const left = invocations[number] ?? 0
      if (left === 'breaks') throw new Error('the invocation was ended')
      return { result: OK, hanging: left }
    }
    return { probe, [Symbol.dispose]: () => void disposed.push(number) }
  }
  return { service: { open } as unknown as Service<Prober>, disposed, count: () => opened }
}

test('an invocation is used until it has no connections left, and released then', async () => {
  const { service, disposed, count } = proberOf([5, 0])
  const sessions = new Sessions(service)
  expect(await sessions.probe(PROBE)).toEqual(OK)
  await Promise.resolve()
  expect(disposed).toEqual([0])
  for (let i = 0; i < 10; i++) await sessions.probe(PROBE)
  expect(count()).toBe(2)
})

test('an invocation that breaks loses one probe, not the round', async () => {
  const { service, disposed, count } = proberOf(['breaks', 0])
  const sessions = new Sessions(service)
  await expect(sessions.probe(PROBE)).rejects.toThrow('was ended')
  for (let i = 0; i < 3; i++) expect(await sessions.probe(PROBE)).toEqual(OK)
  expect([disposed, count()]).toEqual([[0], 2])
})

test('a round ends if every invocation breaks', async () => {
  const { service, count } = proberOf(Array.from({ length: 99 }, () => 'breaks' as const))
  const sessions = new Sessions(service)
  for (let i = 0; i < 99 && sessions.canProbe; i++) await expect(sessions.probe(PROBE)).rejects.toThrow()
  expect([count(), sessions.canProbe]).toEqual([30, false])
})
