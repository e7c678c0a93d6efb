import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Finished, freePort, type Running, ready, run, start, temporaryFolder, until } from './processes.ts'
import { needs, pathOf } from './tools.ts'
import { startUnbound, type Unbound } from './unbound.ts'

/** Checks of kind exec, udp, dns and grpc by a real agent, at real peers that fail in every way, and come back. */
const BIN = join(import.meta.dirname, '../../bin/edge-gslb.js')
const API_KEY = 'the key of the API'
const SECRET = 'the secret of an agent'
const AGENT_KEYS = JSON.stringify({ 'agent-1': SECRET })

const folder = temporaryFolder()
const running = new Map<string, Running>()
const ports: Record<'dev' | 'udp' | 'grpc' | 'proxy' | 'dnsdist' | 'web', number> = {
  ...{ dev: 0, udp: 0, grpc: 0, proxy: 0, dnsdist: 0, web: 0 },
}
let unbound: Unbound
let url: string

const file = (name: string) => join(folder.path, name)
const setMode = (name: string, mode: string) => writeFileSync(file(`${name}.mode`), mode)
/** Writes a script that does something by mode. */
function script(name: string, cases: Readonly<Record<string, string>>): string {
  const branches = Object.entries(cases).map(([mode, does]) => `${mode}) ${does} ;;`)
  const text = `#!/bin/sh\ncase "$(cat ${file(`${name}.mode`)})" in\n${branches.join('\n')}\nesac\n`
  writeFileSync(file(name), text, { mode: 0o755 })
  return file(name)
}
const replace = async (name: string, started: () => Running): Promise<void> => {
  await running.get(name)?.stop()
  running.set(name, started())
}

const startEcho = () =>
  replace('udp', () => {
    const from = `UDP4-RECVFROM:${ports.udp},bind=127.0.0.1,fork`
    return start('socat', ['-t', '5', '-b', '65000', from, `EXEC:${file('udp')}`])
  })
const startProxy = () =>
  replace('proxy', () => {
    const from = `TCP4-LISTEN:${ports.proxy},bind=127.0.0.1,fork,reuseaddr`
    return start('socat', [from, `EXEC:${file('grpc')}`])
  })
const startDnsdist = () =>
  replace('dnsdist', () => {
    const lines = [
      `setLocal('127.0.0.1:${ports.dnsdist}')`,
      `newServer({address='127.0.0.1:${unbound.port}', healthCheckMode='up'})`,
      "addAction(AndRule({QNameRule('large.upstream.example.'), TCPRule(false)}), TCAction())",
      // It is slow without a moment in which nothing listens.
      `function pace() local file = io.open('${file('dnsdist.mode')}'); local mode = file:read(); file:close(); if mode == 'slow' then return DNSAction.Delay, '1000' end`,
      "return DNSAction.None, '' end",
      'addAction(AllRule(), LuaAction(pace))',
    ]
    writeFileSync(file('dnsdist.conf'), lines.join('\n'))
    return start(pathOf('dnsdist') ?? 'dnsdist', ['--supervised', '--disable-syslog', '--config', file('dnsdist.conf')])
  })
const signal = (name: string, which: NodeJS.Signals) => process.kill(-(running.get(name) as Running).pid, which)

const edgeGslb = (args: readonly string[], env: Record<string, string> = {}): Promise<Finished> => {
  const given = Object.entries({ PORT: `${ports.dev}`, ZONES: file('zones'), API_KEY, ...env })
  return run('env', [...given.map(([name, value]) => `${name}=${value}`), process.execPath, BIN, ...args])
}

async function lookUp(name: string): Promise<string> {
  const response = await fetch(`${url}/resolve?name=${name}.example.com&type=A`)
  const { Answer = [] } = (await response.json()) as { Answer?: { data: string }[] }
  return Answer.map(({ data }) => data).join(' ')
}
const answers = (name: string, expected: string): Promise<void> =>
  until(`${name} is answered with "${expected}"`, async () => (await lookUp(name)) === expected)

const NAME = 'probe.upstream.example'
const usual = { interval: 0.2, timeout: 2, fall: 2, rise: 1, from: ['agent-1'] }
const MOST_TRIES = 3
/** A busy machine is slow by itself: only the checks that mean it have a latency, and no other reason is waited for there. */
const prompt = { ...usual, maxLatency: 0.7 }

function checks() {
  const exec = { kind: 'exec', command: [file('exec'), '%%ITEM%%', '%%PORT%%'], port: 7 }
  const udp = { kind: 'udp', port: ports.udp, send: { hex: '00ff70696e67' }, expect: { hex: 'ff70' } }
  const dns = { kind: 'dns', name: NAME, answer: '192.0.2.1', ...usual }
  const grpc = { kind: 'grpc', port: ports.proxy, service: 'shop.v1.Orders' }
  return {
    exec: { ...exec, ...usual },
    'exec-prompt': { ...exec, ...prompt },
    output: { kind: 'exec', command: [file('exec')], output: { contains: 'in sync' }, ...usual },
    denied: { kind: 'exec', command: ['/bin/true'], ...usual },
    udp: { ...udp, ...usual },
    'udp-prompt': { ...udp, ...prompt },
    dns: { ...dns, port: ports.dnsdist },
    'dns-prompt': { ...dns, ...prompt, port: ports.dnsdist },
    tcp: { ...dns, port: unbound.port, transport: 'tcp' },
    truncated: { kind: 'dns', name: 'large.upstream.example', type: 'TXT', port: ports.dnsdist, ...usual },
    doh: { ...dns, port: Number(new URL(unbound.url).port), transport: 'http' },
    grpc: { ...grpc, ...usual },
    'grpc-prompt': { ...grpc, ...prompt },
    // The Worker's cron asks its own endpoint for a name that follows another check.
    self: { kind: 'dns', name: 'exec.example.com', port: ports.dev, transport: 'http', interval: 1, fall: 1, rise: 1 },
    web: { kind: 'http', port: ports.web, interval: 1, timeout: 5, maxLatency: 0.7, fall: 1, rise: 1 },
    nowhere: { kind: 'icmp', from: ['cron'] },
  }
}

function writeZone(): void {
  const pool = (check: string) => ({
    A: { kind: 'pool', check, whenDown: 'nodata', members: [{ answer: '192.0.2.77', target: '127.0.0.1' }] },
  })
  const document = {
    ...{ origin: 'example.com', ttl: 30 },
    soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 3600, retry: 900, expire: 604800, minimum: 60 },
    checks: checks(),
    records: {
      ...{ '@': { NS: 'ns' }, ns: { A: '192.0.2.53' } },
      ...Object.fromEntries(Object.keys(checks()).map((name) => [name, pool(name)])),
    },
  }
  writeFileSync(join(file('zones'), 'example.com.json'), JSON.stringify(document))
}

const agentOutput = (): string => running.get('agent')?.output() ?? ''
/** Returns the last line of the agent about a check. */
const lastLine = (check: string): string =>
  agentOutput()
    .split('\n')
    .findLast((line) => line.includes(`example.com/${check} `) && /is (up|down)|could not/.test(line)) ?? ''

needs(
  'socat',
  'unbound',
  'nghttpx',
  'dnsdist',
)('an agent', () => {
  beforeAll(async () => {
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort()
    url = `http://127.0.0.1:${ports.dev}`
    mkdirSync(file('zones'))
    unbound = await startUnbound()
    await unbound.set(NAME, 60, 'A 192.0.2.1')
    script('exec', {
      up: 'test "$#" = 0 && { echo in sync; exit 0; }; test "$*" = "127.0.0.1 7" || exit 9',
      fail: 'echo replica is 90 s behind >&2; exit 2',
      wrong: 'echo out of sync; exit 0',
      slow: 'sleep 1; echo in sync',
      hang: 'sleep 98765 & sleep 98765',
      flood: 'yes',
    })
    script('udp', {
      ...{ up: 'cat', wrong: 'echo nope', slow: 'sleep 1; cat', hang: 'sleep 5', huge: 'head -c 60000 /dev/zero' },
    })
    const through = `exec socat - TCP4:127.0.0.1:${ports.grpc}`
    script('grpc', {
      ...{
        up: through,
        'not-serving': through,
        slow: `sleep 1; ${through}`,
        hang: 'sleep 5',
        half: 'head -c 5 /dev/zero',
      },
      ...{ http: String.raw`printf "HTTP/1.1 400 Bad Request\r\n\r\n"`, flood: 'yes' },
    })
    for (const name of ['exec', 'udp', 'grpc', 'web', 'dnsdist']) setMode(name, 'up')
    const page = 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'
    script('web', { up: `printf "${page}"`, slow: `sleep 1; printf "${page}"` })
    const web = `TCP4-LISTEN:${ports.web},bind=127.0.0.1,fork,reuseaddr`
    running.set('web', start('socat', ['-t', '5', web, `EXEC:${file('web')}`]))
    const server = join(import.meta.dirname, 'grpc-server.ts')
    running.set('grpc', start(process.execPath, [server, `${ports.grpc}`, file('grpc.mode')]))
    await Promise.all([startEcho(), startProxy(), startDnsdist()])
    writeZone()
    writeFileSync(file('allowed.json'), JSON.stringify([file('exec')]))
    const dev = start(process.execPath, [BIN, 'dev', '--persist-to', file('.state')], {
      env: { PORT: `${ports.dev}`, ZONES: file('zones'), API_KEY, AGENT_KEYS },
    })
    running.set('dev', dev)
    await ready('dev', dev, async () => dev.output().includes('edge-gslb answers on'))
    const args = [BIN, 'agent', '--name', 'agent-1', '--url', url, '--allow-exec-file', file('allowed.json')]
    running.set('agent', start(process.execPath, args, { env: { AGENT_KEY: SECRET } }))
  })
  afterAll(async () => {
    for (const name of ['dnsdist', 'udp', 'proxy']) if (running.get(name)?.running()) signal(name, 'SIGCONT')
    for (const one of running.values()) await one.stop()
    await unbound.stop()
    folder.remove()
  })

  test('finds all peers up, and runs no command that its operator does not allow', async () => {
    for (const name of ['exec', 'output', 'udp', 'dns', 'tcp', 'truncated', 'doh', 'grpc'])
      await until(`${name} is up`, () => / is up: \d+ ms/.test(lastLine(name))).catch((error) => {
        throw new Error(`${error.message}\n${agentOutput()}`)
      })
    await until('denied is told', () =>
      lastLine('denied').includes('127.0.0.1 could not be probed: this agent may not run /bin/true: see --allow-exec'),
    )
    await answers('self', '192.0.2.77')
  })

  type Fault = readonly [what: string, begin: () => unknown, why: RegExp, end: () => unknown]
  const mode = (name: string, value: string, why: RegExp): Fault => [
    ...([value, () => setMode(name, value), why, () => setMode(name, 'up')] as const),
  ]
  const frozen = (name: string, why: RegExp): Fault => [
    ...(['frozen', () => signal(name, 'SIGSTOP'), why, () => signal(name, 'SIGCONT')] as const),
  ]
  const gone = (name: string, why: RegExp, again: () => Promise<void>): Fault => [
    ...(['gone', () => signal(name, 'SIGKILL'), why, again] as const),
  ]
  const SLOW = /slow: answered after \d+ ms, expected at most 700 ms/
  const records = (what: string, why: RegExp, ...texts: string[]): Fault => [
    ...([what, () => unbound.set(NAME, 60, ...texts), why, () => unbound.set(NAME, 60, 'A 192.0.2.1')] as const),
  ]
  const wrong = records('wrong', /192.0.2.1 is not in the answer, which has 192.0.2.9/, 'A 192.0.2.9')
  const noName = records('no name', /rcode NXDOMAIN, expected NOERROR/)

  const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
    exec: [
      mode('exec', 'fail', /exit status 2, expected 0: replica is 90 s behind/),
      mode('exec', 'hang', /no answer within 2 s \(the command runs\)/),
      mode('exec', 'flood', /the command printed more than 65536 octets/),
    ],
    'exec-prompt': [mode('exec', 'slow', SLOW)],
    output: [mode('exec', 'wrong', /"in sync" is not in the output: out of sync/)],
    udp: [
      mode('udp', 'wrong', /ff70 is not in the reply/),
      mode('udp', 'huge', /ff70 is not in the reply/),
      mode('udp', 'hang', /no answer within 2 s \(waiting for a reply\)/),
      gone('udp', /unreachable: nothing listens at the port/, startEcho),
    ],
    'udp-prompt': [mode('udp', 'slow', SLOW)],
    dns: [
      ...[wrong, noName, frozen('dnsdist', /no answer within 2 s \(waiting for the reply\)/)],
      gone('dnsdist', /unreachable: nothing listens at the port/, startDnsdist),
    ],
    'dns-prompt': [mode('dnsdist', 'slow', SLOW)],
    tcp: [
      ...[wrong, noName],
      ['frozen', () => unbound.freeze(), /no answer within 2 s \(waiting for the reply\)/, () => unbound.thaw()],
    ],
    doh: [
      ...[wrong, noName],
      ['paused', () => unbound.pause(), /no answer within 2 s \(waiting for the status\)/, () => unbound.goOn()],
      ['gone', () => unbound.die(), /connect failed: refused/, () => unbound.revive()],
    ],
    grpc: [
      mode('grpc', 'not-serving', /status NOT_SERVING, expected SERVING/),
      mode('grpc', 'hang', /no answer within 2 s \(waiting for the reply\)/),
      mode('grpc', 'half', /the reply is not HTTP\/2|closed before the reply|refused, or the connection lost/),
      mode('grpc', 'http', /the reply is not HTTP\/2|closed before the reply|refused, or the connection lost/),
      mode('grpc', 'flood', /the reply is not HTTP\/2|closed before the reply|refused, or the connection lost/),
      gone('proxy', /connect failed: refused/, startProxy),
    ],
    'grpc-prompt': [mode('grpc', 'slow', SLOW)],
  }

  for (const [check, faults] of Object.entries(FAULTS)) {
    test.each(faults)(`${check}: %s, and back`, async (_what, begin, why, end) => {
      // A busy machine may be down for another reason before the fault tells, by a datagram that it lost.
      for (let tries = 1; ; tries++) {
        await until(`${check} is up`, () => lastLine(check).includes('is up'))
        await answers(check, '192.0.2.77')
        await begin()
        try {
          await until(`${check} is down`, () => lastLine(check).includes('is down')).catch((error) => {
            throw new Error(`${error.message}\n${agentOutput().slice(-2000)}`)
          })
          if (tries < MOST_TRIES && !why.test(lastLine(check))) continue
          expect(lastLine(check)).toMatch(why)
          await answers(check, '')
          break
        } finally {
          await end()
        }
      }
      await until(`${check} is up`, () => lastLine(check).includes('is up'))
      await answers(check, '192.0.2.77')
    })
  }

  test('no command outlives its probe', async () => {
    const left = async () => (await run('ps', ['-eo', 'args'])).stdout.split('\n').filter((line) => /98765$/.test(line))
    await until('the commands end', async () => (await left()).length === 0)
  })

  test('a brownout that the Worker sees, and back', async () => {
    await answers('web', '192.0.2.77')
    setMode('web', 'slow')
    await answers('web', '')
    const { targets } = JSON.parse((await edgeGslb(['status', '--json'])).stdout)
    const web = targets.find(({ check }: { check: string }) => check === 'example.com/web')
    expect(web.reports).toMatchObject([{ vantage: 'cron', state: 'down', why: expect.stringMatching(SLOW) }])
    setMode('web', 'up')
    await answers('web', '192.0.2.77')
  })

  test('the Worker itself asks by HTTP, and sees its own answers change', async () => {
    setMode('exec', 'fail')
    await answers('exec', '')
    await answers('self', '')
    const { stdout } = await edgeGslb(['status', '--json'])
    const { targets } = JSON.parse(stdout) as { targets: { check: string; reports: { why: string }[] }[] }
    const self = targets.find(({ check }) => check === 'example.com/self')
    expect(self?.reports[0]?.why).toBe('no A record in the answer')
    setMode('exec', 'up')
    await answers('self', '192.0.2.77')
  })

  test('status says why a check has no state, and check says it before', async () => {
    type Target = { check: string; state: string; unrunnable?: string; reports: { state: string; why: string }[] }
    const { targets } = JSON.parse((await edgeGslb(['status', '--json'])).stdout) as { targets: Target[] }
    const of = (name: string) => targets.find(({ check }) => check === `example.com/${name}`)
    expect(of('denied')?.reports).toMatchObject([{ state: 'unknown', why: expect.stringContaining('may not run') }])
    expect(of('nowhere')?.unrunnable).toContain('a Worker cannot make checks of kind icmp; expected an agent')
    expect(of('nowhere')?.reports).toEqual([])
    expect(await lookUp('denied')).toBe('192.0.2.77')
    expect(await lookUp('nowhere')).toBe('192.0.2.77')
    const { stdout, stderr } = await edgeGslb(['check', file('zones')])
    expect(stdout + stderr).toMatch(
      /no deployed Worker can probe 127.0.0.1 for example.com\/nowhere \(counts as up\): .*expected an agent/,
    )
  })

  test('an agent of which a command is not one does not start', async () => {
    const args = ['agent', '--name', 'agent-1', '--url', url, '--allow-exec', 'check']
    const refused = await edgeGslb(args, { AGENT_KEY: SECRET })
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    expect(refused.stderr).toContain("--allow-exec 'check' is not a command; expected the whole path of a program")
  })
})
