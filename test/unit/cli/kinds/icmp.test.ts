import { describe, expect, test } from 'vitest'
import { judgePing } from '../../../../src/cli/agent/kinds/icmp.ts'
import { probeBy, told } from './support.ts'

// test/e2e/probes.test.ts has the real ping. These are what programs of that name print.

const IPUTILS = `PING ::1(::1) 56 data bytes
64 bytes from ::1: icmp_seq=1 ttl=64 time=0.135 ms

--- ::1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 0.135/0.135/0.135/0.000 ms
`
const IPUTILS_UNREACHABLE = `PING 2001:db8::1(2001:db8::1) 56 data bytes
From fd00::2 icmp_seq=1 Destination unreachable: Address unreachable

--- 2001:db8::1 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
`
const BUSYBOX = `PING 127.0.0.1 (127.0.0.1): 56 data bytes
64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.116 ms

--- 127.0.0.1 ping statistics ---
1 packets transmitted, 1 packets received, 0% packet loss
round-trip min/avg/max = 0.116/0.116/0.116 ms
`

describe('what ping prints', () => {
  test.each<[string, Parameters<typeof judgePing>, object]>([
    ['iputils, an echo', [0, IPUTILS, '', 'IPv6'], { outcome: 'ok', ms: 0.135 }],
    ['BusyBox, an echo', [0, BUSYBOX, '', 'IPv4'], { outcome: 'ok', ms: 0.116 }],
    ['without a time', [0, '', '', 'IPv4'], { outcome: 'ok' }],
    [
      'iputils, an ICMP error',
      [1, IPUTILS_UNREACHABLE, '', 'IPv6'],
      { outcome: 'failed', why: 'no echo: Destination unreachable: Address unreachable' },
    ],
    ['no echo', [1, IPUTILS.replace(/^64.*\n/m, ''), '', 'IPv4'], { outcome: 'failed', why: 'no echo' }],
    [
      'no rights',
      [2, '', 'ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\n', 'IPv4'],
      { outcome: 'not-run', why: 'ping cannot run here: socktype: SOCK_RAW; socket: Operation not permitted' },
    ],
    [
      'BusyBox, no rights',
      [1, 'PING 127.0.0.1 (127.0.0.1): 56 data bytes\n', 'ping: permission denied (are you root?)\n', 'IPv4'],
      { outcome: 'not-run', why: 'ping cannot run here: permission denied (are you root?)' },
    ],
  ])('%s', (_what, args, expected) => expect(judgePing(...args)).toEqual(expected))

  test('no route to the host: the target is down', () => {
    const verdict = judgePing(2, '', 'ping: connect: No route to host\n', 'IPv4')
    expect(verdict).toEqual({ outcome: 'failed', why: 'unreachable' })
  })

  test('no route at all: the target is down, or this machine has no such family', () => {
    const verdict = judgePing(2, '', 'ping: connect: Network is unreachable\n', 'IPv4')
    expect(['unreachable', 'this machine has no IPv4']).toContain('why' in verdict ? verdict.why : '')
  })
})

test('without ping on the machine the state does not change', async () => {
  const { PATH } = process.env
  process.env.PATH = '/no/such/folder'
  try {
    expect(told(await probeBy({ kind: 'icmp' }))).toBe(
      "not-run: this machine has no ping: ENOENT; expected Debian's iputils-ping",
    )
  } finally {
    process.env.PATH = PATH
  }
})

test('a name that is none', async () => {
  expect(told(await probeBy({ kind: 'icmp' }, { host: 'no-such-host.invalid' }))).toMatch(
    /^failed: connect failed: (no such name|the name cannot be looked up)$/,
  )
})
