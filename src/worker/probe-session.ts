import { connect } from 'cloudflare:sockets'
import type { Probe } from '../health/index.ts'
import { runProbe, workersIo } from '../probe/index.ts'
import type { Probed } from './env.ts'

/** Makes a probe in the invocation that calls it. */
export async function probeHere(probe: Probe, platform: 'edge' | 'workerd'): Promise<Probed> {
  const io = workersIo((address, options) => connect(address, { allowHalfOpen: false, ...options }), fetch, platform)
  const result = await runProbe(probe, io)
  return { result, hanging: io.opening() }
}
