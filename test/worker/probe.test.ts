import { connect } from 'cloudflare:sockets'
import { describe, expect, inject, test } from 'vitest'
import { workersIo } from '../../src/probe/index.ts'
import { eventually } from '../eventually.ts'
import { CASES } from '../unit/probe/cases.ts'
import { complaints, MOST_WRITTEN, observe } from '../unit/probe/support.ts'

const io = workersIo((address, options) => connect(address, { allowHalfOpen: false, ...options }), fetch, 'workerd')
const { ports, report } = inject('probeServers')

type Tally = { readonly open: number; readonly written: number }
const tally = async (name: string): Promise<Tally> =>
  (await fetch(`http://127.0.0.1:${report}/${encodeURIComponent(name)}`)).json()

describe('from workerd', () => {
  // workerd's fetch sometimes reuses a connection that its server has just closed.
  test.each(CASES)('$name', { retry: 2 }, async (one) => {
    const observed = await observe(one, ports[one.name] as number, io)
    expect(complaints(one, observed, io)).toEqual([])
    expect((await tally(one.name)).written).toBeLessThan(MOST_WRITTEN)
    // The platform cannot cancel a connection that is not open yet.
    if (!one.lingers) await eventually(async () => expect((await tally(one.name)).open).toBe(0))
  })
})
