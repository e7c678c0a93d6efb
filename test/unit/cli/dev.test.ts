import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { banner } from '../../../src/cli/dev/banner.ts'
import { claimState } from '../../../src/cli/dev/claim.ts'
import { driveCron } from '../../../src/cli/dev/cron.ts'
import { parseDevSettings } from '../../../src/cli/dev/dev.ts'
import { HealthNews } from '../../../src/cli/dev/health.ts'
import { outputOf } from '../../../src/cli/dev/server.ts'
import { secretsNamed, vantagesOf, writeVars } from '../../../src/cli/dev/vars.ts'
import { watchFolder } from '../../../src/cli/dev/watch.ts'
import { untilGone } from '../../../src/cli/wrangler.ts'
import { compileFolder } from '../../../src/cli/zones/compile-files.ts'
import { Health, liveOverrides, type Override, type TargetState, UNPROBED } from '../../../src/health/index.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { eventually, pause } from '../../eventually.ts'
import { must } from '../support.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const OWN_MACHINE = {
  ...{
    REFRESH_SECONDS: '1',
    PLATFORM: 'workerd',
    PROBES_PER_ROUND: '1000',
    KV_WRITES_PER_DAY: '1000000',
    PLAN: 'paid',
  },
}

test.each([
  [{}, { port: 8787, zones: 'zones', vars: OWN_MACHINE }],
  [
    { PORT: '9000', ZONES: '/etc/zones', API_KEY: 'k:1', AGENT_KEYS: '{}', PROBE_REGIONS: 'weur', HOME: '/' },
    {
      ...{ port: 9000, zones: '/etc/zones' },
      vars: { ...OWN_MACHINE, API_KEY: 'k:1', AGENT_KEYS: '{}', PROBE_REGIONS: 'weur' },
    },
  ],
  [{ API_KEY: '' }, { port: 8787, zones: 'zones', vars: OWN_MACHINE }],
  [
    { KV_WRITES_PER_DAY: '900', REFRESH_SECONDS: '9' },
    { port: 8787, zones: 'zones', vars: { ...OWN_MACHINE, KV_WRITES_PER_DAY: '900' } },
  ],
])('the environment %j', (environment, settings) => {
  expect(parseDevSettings(environment)).toEqual({ ok: true, value: settings })
})

test.each(['', '0', '65536', '80a', '-1', '1e3'])('PORT="%s" is refused', (PORT) => {
  const parsed = parseDevSettings({ PORT })
  expect(parsed.ok ? 'accepted' : parsed.error).toBe(
    `PORT is "${PORT}"; expected a number from 1 to 65535, like PORT=8787`,
  )
})

test('receivers of notifications reach the Worker, with the secrets that zones name, and a mistake in them is an error', () => {
  const NOTIFY = '[{"url":"https://example.com/hook","format":"json"}]'
  const environment = { NOTIFY, NOTIFY_SLACK: 'https://hooks.example', HOOK: 'https://b.example', OTHER: 'x' }
  const parsed = parseDevSettings(environment)
  expect(parsed).toMatchObject({ ok: true, value: { vars: { NOTIFY, NOTIFY_SLACK: 'https://hooks.example' } } })
  expect(parsed.ok && Object.keys(parsed.value.vars)).not.toContain('HOOK')
  const document = { notify: [{ url: '$HOOK', format: 'json', secret: '$MISSING' } as const] }
  expect(secretsNamed([{ document }], environment)).toEqual({ HOOK: 'https://b.example' })
  const wrong = parseDevSettings({ NOTIFY: '[{"url":"https://example.com/hook"}]' })
  expect(wrong.ok ? 'accepted' : wrong.error).toMatch(
    /^NOTIFY is not valid: 0\.format: the field "format" is missing; expected /,
  )
})

test('settings of forwarding reach the Worker, and a mistake in them is an error', () => {
  const given = {
    UPSTREAMS: ' http://127.0.0.1:8053/dns-query\n',
    FORWARD_TO: '127.0.0.1',
    FORWARD_CLIENT_SUBNET: '24 56',
  }
  expect(parseDevSettings(given)).toMatchObject({ ok: true, value: { vars: given } })
  for (const [name, text] of [
    ['UPSTREAMS', 'http://dns.example/dns-query'],
    ['TEST_NAME', 'a..b'],
    ['FORWARD_TO', 'me'],
    ['FORWARD_CLIENT_SUBNET', '24'],
  ] as const) {
    const parsed = parseDevSettings({ [name]: text })
    expect(parsed.ok ? 'accepted' : parsed.error).toMatch(new RegExp(`^${name}: .*; expected `))
  }
})

test('keys are passed in a private file; the next start removes the file of a killed process', () => {
  vi.stubEnv('TMPDIR', folderWith({ 'edge-gslb-dev-other': 'a file' }))
  const temporary = process.env.TMPDIR as string
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const left = `edge-gslb-dev-${pid}-x`
  mkdirSync(join(temporary, left))
  mkdirSync(join(temporary, `edge-gslb-dev-${process.ppid}-x`))
  writeFileSync(join(temporary, left, 'vars'), "API_KEY='a secret'\n")
  try {
    const file = writeVars({ API_KEY: "it's $1" })
    expect([readFileSync(file.path, 'utf8'), statSync(file.path).mode & 0o777]).toEqual([
      "API_KEY=`it's \\$1`\n",
      0o600,
    ])
    const kept = ['edge-gslb-dev-other', `edge-gslb-dev-${process.ppid}-x`]
    expect(readdirSync(temporary).map((name) => name.replace(/(?<=-\d+-)\w{6}$/, 'own'))).toEqual(
      [...kept, `edge-gslb-dev-${process.pid}-own`].sort(),
    )
    file.remove()
    expect(readdirSync(temporary).sort()).toEqual(kept.sort())
  } finally {
    vi.unstubAllEnvs()
  }
})

test('start-up output is collected, later output is shown, and output while the server stops is dropped', async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const shown: string[] = []
  const output = outputOf({ stdout, stderr }, (text) => shown.push(text))
  const say = async (stream: PassThrough, text: string): Promise<void> => {
    stream.write(text)
    await pause()
    expect(stream.readableLength).toBe(0)
  }
  await say(stdout, 'Starting\n')
  await say(stderr, 'a warning\n')
  expect([output.kept(), shown]).toEqual(['Starting\na warning\n', []])
  output.show()
  await say(stderr, 'the Worker threw\n')
  expect([output.kept(), shown]).toEqual(['Starting\na warning\n', ['the Worker threw\n']])
  output.drop()
  await say(stderr, 'fatal error: all goroutines are asleep - deadlock!\n')
  expect([output.kept(), shown]).toEqual(['Starting\na warning\n', ['the Worker threw\n']])
})

describe('what to try', () => {
  const view = `src IN LUA A "view({{{'192.168.0.0/16'}, {'192.168.1.54'}}, {{'0.0.0.0/0'}, {'192.0.2.1'}}})"`
  const weighted = `rnd IN LUA A "pickwrandom({{1, '192.0.2.1'}, {2, '192.0.2.2'}})"`

  test.each([
    [
      'a name that is steered by network, and a client in it',
      `${weighted}\n${view}`,
      'src.example.com A --client 192.168.0.1',
    ],
    ['else one left to chance', weighted, 'rnd.example.com A --client 192.0.2.1'],
    ['else any address', '', 'ns.example.com A --client 192.0.2.1'],
  ])('%s', (_, records, command) => {
    const files = must(compileFolder(folderWith({ 'example.com.zone': zoneFile(9, records) })))
    const text = banner(files, 'http://127.0.0.1:8787', {}, { kind: 'stored' })
    expect(text).toContain('edge-gslb answers on http://127.0.0.1:8787')
    expect(text).toContain('example.com.  serial 9')
    expect(text).toContain(`npx edge-gslb explain ${command} --zones ${dirname(files[0]?.file ?? '')}\n`)
    expect(text).toContain("--backend='127.0.0.1,8787'")
    expect(text).not.toContain('status')
  })

  test.each([
    ['http://127.0.0.1:8787', { kind: 'given' }, /printed here\. To see every state.*\n {2}npx edge-gslb status\n/],
    [
      'http://127.0.0.1:9000',
      { kind: 'stored' },
      /export EDGE_GSLB_KEY=.*\n {2}npx edge-gslb status --url http:\/\/127\.0\.0\.1:9000\n/,
    ],
    [
      'http://127.0.0.1:8787',
      { kind: 'made', secret: 'f00d' },
      /export EDGE_GSLB_KEY=f00d\n {2}curl -s http:\/\/127\.0\.0\.1:8787\/metrics .*\n[\s\S]*with that key[^\n]*\n {2}npx edge-gslb status\n/,
    ],
  ] as const)(
    'the banner of zones with checks says how to see their states: %s, with a key: %j',
    (url, key, expected) => {
      const files = must(compileFolder(folderWith({ 'example.com.json': CHECKED })))
      expect(banner(files, url, {}, key)).toMatch(/\n2 targets are probed; changes are printed /)
      expect(banner(files, url, {}, key)).toMatch(expected)
    },
  )
})

const CHECKED = JSON.stringify({
  ...{ origin: 'example.com', ttl: 60, checks: { web: { kind: 'tcp', port: 80 } } },
  soa: { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
  records: {
    '@': { NS: 'ns' },
    ns: { A: '192.0.2.53' },
    www: { A: { kind: 'pool', check: 'web', members: ['192.0.2.1', '192.0.2.2'] } },
  },
})

describe('health', () => {
  const { conditions } = must(compileZone(JSON.parse(CHECKED))).zone
  const health = (states: readonly TargetState['state'][], overrides: readonly Override[] = []): Health => {
    const targets = conditions.map(({ probe }, i): [string, TargetState] => [
      probe.id,
      { ...UNPROBED, state: states[i] ?? 'unknown', at: 1, since: 1, why: states[i] === 'down' ? 'refused\x1b' : '' },
    ])
    return new Health(
      [{ name: 'cron', at: Date.now(), targets: new Map(targets) }],
      liveOverrides(overrides),
      Date.now(),
    )
  }

  test('a change of state is printed once, with the reason', () => {
    const news = new HealthNews()
    expect(news.changes(conditions, health([]))).toEqual([])
    expect(news.changes(conditions, health(['up', 'up']))).toEqual([])
    const down = ['example.com/web 192.0.2.2:80 is down: refused\\027 (seen by cron)']
    expect(news.changes(conditions, health(['up', 'down']))).toEqual(down)
    expect(news.changes(conditions, health(['up', 'down']))).toEqual([])
    const forced: Override = { target: '192.0.2.2:80', force: 'drained', by: 'ops', why: 'repair' }
    expect(news.changes(conditions, health(['up', 'down'], [forced]))).toEqual([
      'example.com/web 192.0.2.2:80 is drained, forced by ops: repair',
    ])
    expect(news.changes(conditions, health(['up', 'up']))).toEqual(['example.com/web 192.0.2.2:80 is up: seen by cron'])
  })

  test('a target with too few failures to be down is printed as up with its failures', () => {
    const [condition] = conditions
    const state: TargetState = { ...UNPROBED, state: 'up', at: 1, since: 1, why: 'refused' }
    const targets = new Map([[condition?.probe.id ?? '', state]])
    const failing = new Health([{ name: 'cron', at: Date.now(), targets }], [], Date.now())
    const counted = conditions.map((one) => ({ ...one, initially: 'down' as const }))
    expect(new HealthNews().changes(counted.slice(0, 1), failing)).toEqual([
      'example.com/web 192.0.2.1:80 is up: refused, down only if that continues (seen by cron)',
    ])
  })

  test('the vantage points follow from the variables of the Worker', () => {
    expect(vantagesOf({})).toEqual(['cron', 'push'])
    expect(vantagesOf({ PROBE_REGIONS: 'weur, enam', AGENT_KEYS: '{"a":"x"}' })).toEqual(['weur', 'enam', 'a', 'push'])
    expect(vantagesOf({ AGENT_KEYS: '{' })).toEqual(['cron', 'push'])
  })

  test('the cron runs one tick after the other; a failure and its end are printed once', async () => {
    let status = 200
    const fired: string[] = []
    let running = 0
    let most = 0
    const server = createServer(async (request, response) => {
      fired.push(request.url ?? '')
      most = Math.max(most, ++running)
      // A tick takes longer than the time to the next one.
      await pause(30)
      running--
      response.writeHead(status).end('oh no')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const stopped = new AbortController()
    const console = recorder()
    const onTick = vi.fn(async () => {})
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const driven = driveCron({ url, everyMs: () => 10, onTick }, stopped.signal, console)
    await eventually(() => expect(onTick.mock.calls.length).toBeGreaterThan(1))
    status = 500
    const before = fired.length
    await eventually(() => expect(fired.length).toBeGreaterThan(before + 3))
    status = 200
    await eventually(() => expect(console.stdout).toEqual(['the cron runs again']))
    stopped.abort()
    await driven
    server.close()
    expect(most).toBe(1)
    expect(new Set(fired)).toEqual(new Set(['/cdn-cgi/handler/scheduled?cron=*+*+*+*+*']))
    expect(console.stderr).toEqual(['error: the cron could not run, so nothing is probed: status 500: oh no'])
  })
})

describe('watching', () => {
  /** Counts changes, and waits for the next. */
  function watched(folder: string) {
    const onChange = vi.fn()
    const stop = watchFolder(folder, onChange)
    const next = async (act: () => void): Promise<void> => {
      const before = onChange.mock.calls.length
      act()
      await eventually(() => expect(onChange.mock.calls.length).toBeGreaterThan(before))
    }
    return { onChange, stop, next }
  }

  test('sees files that are written, repeatedly replaced by a rename, created and removed', async () => {
    const folder = folderWith({ 'a.zone': '1' })
    const { stop, next } = watched(folder)
    const file = join(folder, 'a.zone')
    await next(() => writeFileSync(file, '2'))
    for (const text of ['3', '4', '5']) {
      await next(() => {
        writeFileSync(`${file}~`, text)
        renameSync(`${file}~`, file)
      })
    }
    await next(() => writeFileSync(join(folder, 'b.zone'), '1'))
    await next(() => rmSync(join(folder, 'b.zone')))
    stop()
  })

  test('sees changes in folders, including new ones', async () => {
    const folder = folderWith({ 'parts/hosts.inc': '1' })
    const { stop, next } = watched(folder)
    await next(() => writeFileSync(join(folder, 'parts/hosts.inc'), '2'))
    await next(() => mkdirSync(join(folder, 'new/deep'), { recursive: true }))
    await next(() => writeFileSync(join(folder, 'new/deep/x.inc'), '1'))
    stop()
  })

  test('reports a burst fewer times than it has changes', async () => {
    const folder = folderWith({ 'a.zone': '1' })
    const { onChange, stop, next } = watched(folder)
    await next(() => {
      for (let i = 0; i < 20; i++) writeFileSync(join(folder, 'a.zone'), String(i))
    })
    await pause(200)
    expect(onChange.mock.calls.length).toBeLessThan(20)
    stop()
  })

  test('reports changes that never pause', async () => {
    const folder = folderWith({ 'a.zone': '1' })
    const { onChange, stop } = watched(folder)
    for (let i = 0; onChange.mock.calls.length === 0; i++) {
      writeFileSync(join(folder, 'a.zone'), String(i))
      await pause()
    }
    stop()
  })

  test('ignores hidden folders', async () => {
    const folder = folderWith({ 'a.zone': '1', '.state/db': '1' })
    const { onChange, stop } = watched(folder)
    writeFileSync(join(folder, '.state/db'), '2')
    await pause(200)
    expect(onChange).not.toHaveBeenCalled()
    stop()
  })

  test('watches a folder again that was removed and created, and reports nothing once stopped', async () => {
    const root = folderWith({ 'zones/a.zone': '1' })
    const folder = join(root, 'zones')
    const { onChange, stop, next } = watched(folder)
    await next(() => renameSync(folder, `${folder}-away`))
    await next(() => renameSync(`${folder}-away`, folder))
    await next(() => writeFileSync(join(folder, 'a.zone'), '2'))
    stop()
    const before = onChange.mock.calls.length
    writeFileSync(join(folder, 'a.zone'), '3')
    await pause(200)
    expect(onChange).toHaveBeenCalledTimes(before)
  })
})

test('a local KV serves one server: a second is refused, unless the first was killed', async () => {
  const place = { binding: 'GSLB', config: '/nowhere/wrangler.toml', persistTo: folderWith({}) }
  const file = join(place.persistTo, 'served-by.json')
  const refused = {
    ok: false,
    error: expect.stringMatching(
      `^port 20001 \\(process ${process.pid}\\) is served from the same local KV.*--persist-to`,
    ),
  }
  // The first server still starts, so its port is free.
  const first = must(await claimState(place, 20_001))
  expect(await claimState(place, 20_002)).toEqual(refused)
  expect(await claimState(place, 20_001)).toEqual(refused)
  const { guard } = JSON.parse(readFileSync(file, 'utf8'))
  first.release()
  expect(readdirSync(place.persistTo)).toEqual([])

  const left = [
    ['a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, port: 20_001, guard })],
    ['a number that is another process by now', JSON.stringify({ pid: process.pid, port: 20_001, guard })],
    ['half a file', '{'],
  ] as const
  for (const [what, text] of left) {
    writeFileSync(file, text)
    const claim = must(await claimState(place, 20_002))
    expect(JSON.parse(readFileSync(file, 'utf8')), what).toMatchObject({ pid: process.pid, port: 20_002 })
    claim.release()
    expect(readdirSync(place.persistTo), what).toEqual([])
  }
})

test('of servers that start at once on one local KV, one succeeds', async () => {
  const place = { binding: 'GSLB', config: '/nowhere/wrangler.toml', persistTo: folderWith({}) }
  const claims = await Promise.all([1, 2, 3, 4].map((i) => claimState(place, 20_000 + i)))
  expect(claims.filter(({ ok }) => ok).length).toBe(1)
})

test('processes that a server leaves behind are ended, including those that keep its output open', async () => {
  const left = "require('child_process').spawn('sleep', ['3600'], { stdio: 'inherit' }).pid"
  const options = { stdio: 'pipe', detached: true } as const
  const child = spawn(process.execPath, ['-e', `console.log(${left}); process.exit()`], options)
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  child.stderr.resume()
  await untilGone(child)
  const stateOf = () => spawnSync('ps', ['-o', 'stat=', '-p', output.trim()], { encoding: 'utf8' }).stdout
  // A process that is killed closes its output before it is gone.
  await eventually(() => expect(stateOf()).not.toMatch(/^[RSD]/))
})
