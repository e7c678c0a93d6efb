import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, type Running, ready, start, temporaryFolder, until } from './processes.ts'
import { needs, PYTHON } from './tools.ts'

/**
 * Checks of kind icmp by a real agent and the system's ping. Worker and agent run in a network of their own, in which
 * the kernel may be told to ignore echoes, and a program to answer them in its place. That needs root.
 */
const BIN = join(import.meta.dirname, '../../bin/edge-gslb.js')
const SECRET = 'the secret of an agent'

const folder = temporaryFolder()
const file = (name: string) => join(folder.path, name)
const running: Running[] = []
let network: Running
let agent: Running

const inside = (...command: string[]) => ['-t', `${network.pid}`, '-n', ...command]
const startInside = (command: readonly string[], env: Record<string, string> = {}): Running => {
  const started = start('nsenter', inside(...command), { env })
  running.push(started)
  return started
}
const runInside = (...command: string[]) => execFileSync('nsenter', inside(...command))

const networkOf = (process: string): string => readlinkSync(`/proc/${process}/ns/net`)

const setMode = (mode: string) => writeFileSync(file('mode'), mode)
/** Has the kernel answer echoes, or ignore them. */
const setKernel = (answers: boolean) => {
  const value = answers ? 0 : 1
  const [v4, v6] = ['ipv4/icmp_echo_ignore_all', 'ipv6/icmp/echo_ignore_all']
  runInside('sh', '-c', `echo ${value} > /proc/sys/net/${v4}; echo ${value} > /proc/sys/net/${v6}`)
}

function writeZone(): void {
  const icmp = { kind: 'icmp', interval: 0.2, timeout: 2, fall: 2, rise: 1 }
  const members = [
    { answer: '192.0.2.4', target: '127.0.0.1' },
    { answer: '192.0.2.6', target: '::1' },
    { answer: '192.0.2.8', target: '127.8.0.1' },
  ]
  const document = {
    ...{ origin: 'example.com', ttl: 30 },
    soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 },
    // A busy machine is slow by itself: only the check that means it has a latency.
    checks: { echo: icmp, prompt: { ...icmp, maxLatency: 0.25 } },
    records: {
      ...{ '@': { NS: 'ns' }, ns: { A: '192.0.2.53' } },
      www: { A: { kind: 'pool', check: 'echo', members } },
      prompt: { A: { kind: 'pool', check: 'prompt', members: members.slice(0, 1) } },
    },
  }
  mkdirSync(file('zones'))
  writeFileSync(join(file('zones'), 'example.com.json'), JSON.stringify(document))
}

/** Returns the last line of the agent about a target. */
const lastLine = (target: string, check = 'echo'): string =>
  agent
    .output()
    .split('\n')
    .findLast((line) => line.includes(`example.com/${check} ${target} `)) ?? ''
const becomes = async (target: string, expected: RegExp, check = 'echo'): Promise<void> =>
  until(`${target} is ${expected}`, () => expected.test(lastLine(target, check))).catch((error) => {
    throw new Error(`${error.message}\n${agent.output().slice(-2000)}`)
  })

const mayMakeNetworks = spawnSync('unshare', ['-n', 'true'], { timeout: 20_000 }).status === 0
const title = `an agent pings${mayMakeNetworks ? '' : ' [SKIPPED: this user may not make a network]'}`

needs(
  'ping',
  'python3',
  'ip',
)(title, () => {
  beforeAll(async () => {
    if (!mayMakeNetworks) return
    network = start('unshare', ['-n', 'sleep', 'infinity'])
    running.push(network)
    // Before it has a network of its own it is in that of the machine.
    await until('there is another network', () => networkOf(`${network.pid}`) !== networkOf('self'))
    runInside('ip', 'link', 'set', 'lo', 'up')
    setMode('silent')
    writeZone()
    const port = await freePort()
    const dev = startInside([process.execPath, BIN, 'dev', '--persist-to', file('.state')], {
      ...{ PORT: `${port}`, ZONES: file('zones'), AGENT_KEYS: JSON.stringify({ 'agent-1': SECRET }) },
    })
    await ready('dev', dev, async () => dev.output().includes('edge-gslb answers on'))
    const url = `http://127.0.0.1:${port}`
    agent = startInside([process.execPath, BIN, 'agent', '--name', 'agent-1', '--url', url], { AGENT_KEY: SECRET })
  })
  afterAll(async () => {
    for (const one of running.reverse()) await one.stop()
    folder.remove()
  })

  test.runIf(mayMakeNetworks)('by IPv4 and IPv6, without a word in the check about who probes', async () => {
    for (const target of ['127.0.0.1', '::1', '127.8.0.1']) await becomes(target, /is up: \d+ ms/)
  })

  test.runIf(mayMakeNetworks)('no echo, and back', async () => {
    setKernel(false)
    for (const target of ['127.0.0.1', '::1', '127.8.0.1'])
      await becomes(target, /is down: no answer within 2 s \(waiting for the echo\)/)
    setKernel(true)
    for (const target of ['127.0.0.1', '::1', '127.8.0.1']) await becomes(target, /is up/)
  })

  test.runIf(mayMakeNetworks)('a network that cannot be reached, and back', async () => {
    // Half of the machine's addresses lose their route.
    runInside('ip', 'route', 'add', 'unreachable', '127.8.0.0/16', 'table', 'local')
    await becomes('127.8.0.1', /is down: unreachable/)
    runInside('ip', 'route', 'del', 'unreachable', '127.8.0.0/16', 'table', 'local')
    await becomes('127.8.0.1', /is up/)
    expect(lastLine('127.0.0.1')).toMatch(/is up/)
  })

  test.runIf(mayMakeNetworks).each([
    ['slow', 'prompt', /is down: slow: answered after \d+ ms, expected at most 250 ms/, 'up'],
    ['other', 'echo', /is down: no answer within 2 s \(waiting for the echo\)/, 'up'],
    ['unreachable', 'echo', /is down: no echo: Destination Host Unreachable/, 'up'],
    // An echo that is too long, and comes many times, is an echo.
    ['silent', 'echo', /is down: no answer within 2 s/, 'huge'],
  ] as const)('a peer that is %s, and back', async (mode, check, expected, back) => {
    setMode('up')
    setKernel(false)
    const echo = startInside([PYTHON, join(import.meta.dirname, 'echo.py'), file('mode')])
    await ready('echo', echo, async () => echo.output().includes('listens'))
    await becomes('127.0.0.1', /is up/, check)
    setMode(mode)
    await becomes('127.0.0.1', expected, check)
    setMode(back)
    await becomes('127.0.0.1', /is up/, check)
    await echo.stop()
    setKernel(true)
  })
})
