import type { Probe } from '../../../health/index.ts'
import { type AgentAttempt, failed, notRun, type Verdict } from '../../../probe/index.ts'
import { addressOf, hasFamily } from '../../probe-node.ts'
import { runProgram } from './program.ts'

/** The limit on the output of `ping`, which has some hundred octets. */
const MAX_PING_OCTETS = 8192

/**
 * Sends one echo request by the system's `ping`: Node has no ICMP, and a raw socket would need rights that `ping` has
 * already. The time is that which `ping` measures, without the start of a process.
 */
export async function askIcmp(probe: Probe, attempt: AgentAttempt): Promise<Verdict> {
  const found = await addressOf(probe.host)
  if (!found.ok) return attempt.explain(found.error, probe)
  const { address, family } = found.value
  attempt.stage = () => 'waiting for the echo'
  attempt.begin()
  const ping = runProgram(['ping', '-c', '1', address], MAX_PING_OCTETS)
  attempt.closeAtEnd(ping.kill)
  const ended = await ping.ended
  switch (ended.kind) {
    case 'exit':
      return judgePing(ended.status, text(ended.output), text(ended.errors), family === 6 ? 'IPv6' : 'IPv4')
    case 'signal':
      return notRun(`ping was ended by ${ended.signal}`)
    case 'flood':
      return notRun(`ping printed more than ${MAX_PING_OCTETS} octets`)
    case 'unstarted':
      return notRun(`this machine has no ping: ${ended.code}; expected Debian's iputils-ping`)
  }
}

const text = (octets: Uint8Array): string => new TextDecoder().decode(octets)

const inOneLine = (errors: string): string =>
  errors
    .trim()
    .replaceAll(/^ping6?: /gm, '')
    .replaceAll('\n', '; ')

/**
 * Judges what ping of iputils or BusyBox prints. It writes errors of this machine, and only them, to standard error.
 */
export function judgePing(status: number, output: string, errors: string, family: 'IPv4' | 'IPv6'): Verdict {
  if (status === 0) {
    const [, ms] = /\btime[=<](\d+(?:\.\d+)?) ?ms/.exec(output) ?? []
    return ms === undefined ? { outcome: 'ok' } : { outcome: 'ok', ms: Number(ms) }
  }
  if (/network is unreachable/i.test(errors) && !hasFamily(family)) return notRun(`this machine has no ${family}`)
  if (/unreachable|no route to host/i.test(errors)) return failed('unreachable')
  if (errors.trim() !== '') return notRun(`ping cannot run here: ${inOneLine(errors)}`)
  const [, reason] = /^From \S+:? icmp_seq=\d+ (.*)$/m.exec(output) ?? []
  return failed(reason === undefined ? 'no echo' : `no echo: ${reason}`)
}
