import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { span } from '../../../src/cli/duration.ts'
import { isExposed, parseServer } from '../../../src/cli/http-client.ts'
import { type Paint, paintFor, plain } from '../../../src/cli/paint.ts'
import { readSecret } from '../../../src/cli/secret.ts'
import { type RefusedReport, type StatusReport, statusCommand, verdict } from '../../../src/cli/status/status.ts'
import { statusText } from '../../../src/cli/status/text.ts'
import type { GuardReport, TargetReport } from '../../../src/health/index.ts'
import type { PublishedZone } from '../../../src/store/index.ts'
import { must } from '../support.ts'
import { folderWith, recorder } from './support.ts'

const NOW = '2026-11-22T12:00:00.000Z'
const ago = (seconds: number): string => new Date(Date.parse(NOW) - seconds * 1000).toISOString()

const said = (state: 'up' | 'down' | 'unknown', more: Partial<TargetReport['reports'][number]> = {}) => ({
  ...{ vantage: 'cron', state, since: ago(192), at: ago(4), nextDue: ago(-6), ms: 12.3, count: 0, needed: 2 },
  ...{ why: '', held: false, silent: false, ...more },
})

const target = (name: string, more: Partial<TargetReport> = {}): TargetReport => ({
  ...{
    check: 'example.com/web',
    target: name,
    kind: 'http',
    interval: 10,
    state: 'up',
    real: 'up',
    stale: false,
    from: ['cron'],
  },
  ...{ reports: [said('up')], ...more },
})

const report = (targets: readonly TargetReport[], more: Partial<StatusReport> = {}): StatusReport => ({
  ...{ now: NOW, vantages: [], overrides: [], targets, complete: true, problems: [], refused: [], ...more },
})

const REFUSED: readonly RefusedReport[] = [{ origin: 'example.net', why: 'no JSON', since: ago(90) }]

const CALM: GuardReport = { zone: 'example.com', share: 0.5, within: 120, for: 600, least: 3, holding: false }
const HOLDING: GuardReport = { ...CALM, holding: true, since: ago(60), until: ago(-540), fell: 7, of: 9, held: 6 }

const ZONE: PublishedZone = {
  ...{ origin: 'example.com', serial: 7, parts: 21, pieces: 22, probes: 2, size: [100_003, 4_300_000, 1_250_000] },
}

const text = (shown: StatusReport, all = false): string => statusText(shown, { all, paint: plain }).join('\n')

const FORCED = {
  target: '*',
  force: 'down',
  by: 'ops',
  why: 'new \x1b[2Jdisk',
  until: ago(-7500),
  ended: false,
} as const

test('warnings about keys of DNSSEC, of which one that breaks validation counts', () => {
  const dnssec = [
    { zone: 'a.example', isBroken: false, warnings: ['key 7 of a.example. has algorithm 10'] },
    { zone: 'b.example', isBroken: true, warnings: ['the DS at the parent (1) matches no key\x1b'] },
  ]
  const shown = text(report([], { dnssec }))
  expect(shown).toContain('! key 7 of a.example. has algorithm 10\n! the DS at the parent (1) matches no key\\027')
  expect(verdict(report([], { dnssec }))).toBe(2)
  expect(verdict(report([], { dnssec: dnssec.slice(0, 1) }))).toBe(0)
})

describe('pools', () => {
  const common = { zone: 'example.com', kind: 'pool', members: 3, live: 3, up: true } as const
  const pools: NonNullable<StatusReport['pools']> = [
    { ...common, pool: 'www.example.com/A' },
    { ...common, pool: 'api.example.com/A', live: 1, waiting: 2 },
    { ...common, pool: 'db.example.com/A', kind: 'failover', live: 2, level: 2 },
    { ...common, pool: 'old.example.com/A', live: 0, up: false, forced: FORCED },
  ]
  const linesOf = (all: boolean) => {
    const lines = text(report([], { pools }), all).split('\n')
    return lines.slice(lines.indexOf('Pools') + 1)
  }

  test('those that are not whole, with what waits, what answers and what forces them', () => {
    expect(linesOf(false)).toEqual([
      '  api.example.com/A  degraded  1 of 3 members up, 2 wait after being down',
      '  db.example.com/A   degraded  2 of 3 levels up, level 2 answers',
      expect.stringMatching(/^ {2}old\.example\.com\/A {2}down +0 of 3 members up +forced down by ops until /),
    ])
    expect(text(report([], { pools: pools.slice(0, 1) }))).not.toContain('Pools')
  })

  test('all of them if that is asked for, and many are cut if not', () => {
    expect(linesOf(true)[0]).toMatch(/^ {2}www\.example\.com\/A {2}up {8}3 of 3 members up/)
    const many = Array.from({ length: 203 }, (_, i) => ({ ...common, pool: `w${i}.example.com/A`, live: 2 }))
    expect(
      text(report([], { pools: many }))
        .split('\n')
        .at(-1),
    ).toBe('  and 3 more that are not whole; --all shows them')
  })
})

describe('the costs of zones', () => {
  const shown = (more: Partial<StatusReport>, targets = [target('a'), target('b', { check: 'example.net/web' })]) =>
    statusText(report(targets, more), { all: false, costs: true, paint: plain })

  test('a line for each zone, with its own targets', () => {
    const { size: _, ...earlier } = ZONE
    const lines = shown({ zones: [ZONE, { ...earlier, origin: 'example.net' }] })
    expect(lines.slice(lines.indexOf('Zones'))).toEqual([
      'Zones',
      '  example.com. serial 7: 100003 records, 4.3 MB compiled in 21 parts; an isolate takes at most 25 MB of memory and ' +
        '1.2 ms of CPU to load it (estimated); 47 KV writes to publish all of it; 1 target, 6 probes a minute',
      '  example.net. serial 7: an earlier version published it; what it costs is known when it is published',
    ])
    expect(text(report([], { zones: [ZONE] }))).not.toContain('records')
    expect(shown({})).not.toContain('Zones')
  })

  test('a zone with a slash in its name has its own targets', () => {
    const origin = '0/25.2.0.192.in-addr.arpa'
    const lines = shown({ zones: [{ ...ZONE, origin }] }, [target('a', { check: `${origin}/web` })])
    expect(lines.at(-1)).toMatch(/; 1 target, 6 probes a minute$/)
  })

  test('advice below them, and very many are cut', () => {
    const zones = Array.from({ length: 203 }, (_, i) => ({ ...ZONE, origin: `z${i}.example` }))
    const large = { ...ZONE, size: [2_000_000, 88_000_000, 800_000] as const }
    const due = Array.from({ length: 41 }, (_, i) => target(`192.0.2.${i}`))
    expect(shown({ zones: [large, ...zones] }, due).slice(-3)).toEqual([
      '  and 4 more; --all shows them',
      expect.stringMatching(/^ {2}example\.com\.: the compiled zone has 88 MB; /),
      expect.stringMatching(/^ {2}41 targets are due in a minute; expected at most 40 on the free plan/),
    ])
  })

  test('a limit of the paid plan is a warning that is shown without asking', () => {
    const due = Array.from({ length: 9001 }, (_, i) => target(`t${i}`))
    expect(text(report(due))).toContain('! 9001 targets are due in a minute; expected at most 9000 on the paid plan')
    expect(text(report(due.slice(1)))).not.toContain('due in a minute')
  })
})

describe('what is shown', () => {
  test('a guard that holds is a warning, and a note below each target that it holds', () => {
    const held = { since: ago(60), until: ago(-540) }
    const shown = text(
      report([target('192.0.2.1:80'), target('192.0.2.2:80', { real: 'down', held })], { guards: [HOLDING, CALM] }),
    )
    const lines = shown.split('\n')
    expect(lines.slice(0, 2)).toEqual([
      '2 targets: 2 up, 1 held',
      '! the guard of example.com holds since 1m00s, for 9m00s more at most: 7 of 9 targets went down within 2m00s, and ' +
        '6 are held up as before. Are they down, or are we blind?',
    ])
    // It comes first.
    expect(lines[4]).toMatch(/^up +down +example\.com\/web +192\.0\.2\.2:80/)
    expect(lines[5]?.trim()).toBe('held up by the guard of the zone for 9m00s more at most')
  })

  test('shows each target with its details, those that need attention first', () => {
    const shown = text(
      report(
        [
          target('192.0.2.1:80'),
          target('192.0.2.2:80', { reports: [said('up', { count: 1, why: 'refused' })] }),
          target('192.0.2.3:80', { state: 'down', real: 'up', forced: FORCED, weight: 3, load: 0.5 }),
          target('192.0.2.4:80', {
            ...{ state: 'down', real: 'down' },
            reports: [
              said('down', { why: 'refused' }),
              said('up', { vantage: 'agent-1', silent: true, nextDue: null }),
            ],
          }),
          target('10.0.0.1:80', { real: 'unknown', reports: [], unrunnable: '10.0.0.1 is not a public address' }),
          target('192.0.2.5:80', { real: 'unknown', reports: [] }),
          target('192.0.2.6', {
            check: 'example.com/load',
            kind: 'push',
            reports: [said('up', { vantage: 'push', nextDue: null })],
          }),
          target('192.0.2.7:80', { state: 'drained', reports: [said('down', { held: true, why: 'refused' })] }),
        ],
        {
          vantages: [
            {
              name: 'cron',
              at: ago(12),
              fineUntil: ago(-888),
              targets: 6,
              round: { at: ago(13), ms: 90, due: 52, probed: 40, left: 12 },
            },
            { name: 'agent-1', at: ago(1200), fineUntil: ago(300), targets: 1 },
          ],
          overrides: [FORCED, { pool: 'www*', force: 'up', by: 'me', why: 'over', until: ago(90), ended: true }],
          ...{ complete: false, problems: ['KV_WRITES_PER_DAY is "x"'] },
          refused: [{ origin: 'example.net', why: 'the document is not JSON', since: ago(90) }],
        },
      ),
    )
    expect(`\n${shown}\n`).toBe(
      `
8 targets: 2 down, 1 drained, 5 up, 1 forced, 2 not probed yet
! a setting of the Worker: KV_WRITES_PER_DAY is "x"
! not every zone could be read: checks may be missing here, and are not probed
! example.net in KV has been refused for 1m30s: the document is not JSON
! 1 target that no vantage point probes: see below
! agent-1 has been silent for 20m00s: does that agent run?
! cron left 12 of 52 due probes for later: raise PROBES_PER_ROUND, or give the checks longer intervals or shorter timeouts

STATE    MEASURED  CHECK             TARGET        FOR    LAST RESULT     COUNT  NEXT    FROM
down               example.com/web   192.0.2.4:80
         down                                      3m12s  refused                in 6s   cron
         up                                        3m12s  12 ms                          agent-1, silent
down     up        example.com/web   192.0.2.3:80  3m12s  12 ms                  in 6s   cron
         forced down by ops until 2026-11-22T14:05:00Z (in 2h05m): new \\027[2Jdisk
         reports weight 3 load 0.5
up       unknown   example.com/web   10.0.0.1:80          not probed yet
         no vantage point probes this target: 10.0.0.1 is not a public address; it counts as up
drained  up        example.com/web   192.0.2.7:80  3m12s  refused         held   in 6s   cron
         the target went down too often: flap damping keeps it down
up                 example.com/web   192.0.2.2:80  3m12s  refused         1/2    in 6s   cron
up       unknown   example.com/web   192.0.2.5:80         not probed yet
up                 example.com/load  192.0.2.6     3m12s  12 ms                  4s ago  push
up                 example.com/web   192.0.2.1:80  3m12s  12 ms                  in 6s   cron

Vantage points
  cron     6 targets  written 12s ago, fine until 2026-11-22T12:14:48Z       last written round 13s ago: 52 due, 40 probed, 12 left, in 90 ms
  agent-1  1 target   written 20m00s ago, silent since 2026-11-22T11:55:00Z

Overrides
  1  down   target *   by ops until 2026-11-22T14:05:00Z (in 2h05m): new \\027[2Jdisk
  2  ended  pool www*  by me until 2026-11-22T11:58:30Z (1m30s ago): over
`,
    )
  })

  test.each([
    ['nobody has told of anything', ['cron'], [], 'cron has not reported its 1 target yet: does the cron run?'],
    [
      'an agent has told of nothing',
      ['agent-1'],
      ['cron'],
      'agent-1 has not reported its 1 target yet: does that agent run?',
    ],
    [
      'a region has told of nothing',
      ['weur'],
      [],
      'weur has not reported its 1 target yet: does the cron run, which wakes that region?',
    ],
    ['one has told of others', ['cron'], ['cron'], undefined],
  ])('advice if %s', (_, from, heard, expected) => {
    const vantages = heard.map((name) => ({ name, at: ago(1), targets: 1 }))
    const shown = text(report([target('192.0.2.1:80', { from, reports: [], real: 'unknown' })], { vantages }))
    const warned = shown.split('\n').filter((line) => line.startsWith('! '))
    expect(warned).toEqual(expected === undefined ? [] : [`! ${expected}`])
  })

  test('reports a refused catalog, and escapes control characters of the reason', () => {
    const refused = [
      { origin: 'catalog', why: 'the key "catalog" is not in KV', since: ago(60) },
      { origin: '', why: '\x1b[2J', since: ago(0) },
    ]
    expect(text(report([], { refused })).split('\n').slice(1, 3)).toEqual([
      '! the catalog in KV has not been usable for 1m00s: the key "catalog" is not in KV',
      '! the root zone in KV has been refused for 0s: \\027[2J',
    ])
  })

  test('many targets: a sum for each check and targets that need attention; --all shows all', () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      target(`192.0.2.${i}:80`, {
        check: `example.com/${i % 2 ? 'odd' : 'even'}`,
        ...(i < 3 && { state: 'down', real: 'down' }),
      }),
    )
    const shown = text(report(many)).split('\n')
    expect(shown).toHaveLength(9)
    expect(shown.slice(0, 4)).toEqual([
      '3000 targets: 3 down, 2997 up',
      '',
      'example.com/even  1500 targets: 2 down, 1498 up',
      'example.com/odd   1500 targets: 1 down, 1499 up',
    ])
    expect(text(report(many), true).split('\n')).toHaveLength(3003)
    const none = text(report(many.map((one) => ({ ...one, state: 'down' as const }))))
    expect(none).toContain('and 2800 more that need attention; --all shows them')
  })

  test('colours on a terminal, with aligned columns', () => {
    const marked: Paint = (_, text) => `<${text}>`
    const [, , head, row] = statusText(report([target('192.0.2.1:80')]), { all: false, paint: marked })
    expect(head?.replaceAll(/[<>]/g, '').indexOf('CHECK')).toBe(row?.replaceAll(/[<>]/g, '').indexOf('example.com/web'))
    const pipe = { isTTY: false, getColorDepth: () => 24, hasColors: () => true } as unknown as NodeJS.WriteStream
    expect(paintFor(Object.assign(process.stdout, pipe))('red', 'x')).toBe('x')
  })
})

describe('asking', () => {
  let server: Server | undefined
  afterEach(() => server?.close())

  /** A server in place of the Worker. test/e2e uses the real Worker. */
  async function serving(status: number, body: string): Promise<URL> {
    server = createServer((_, response) => response.writeHead(status, { location: 'http://127.0.0.1:9/' }).end(body))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

  const run = async (url: URL, json = false) => {
    const console = recorder()
    const options = { url, key: 'k', json, watch: false, pages: false, all: false, costs: false }
    const status = await statusCommand(options, new AbortController().signal, console, plain)
    return { status, stdout: console.stdout.join('\n'), stderr: console.stderr.join('\n') }
  }

  test.each([
    ['all up', [target('a')], 0],
    ['drained is meant to be', [target('a', { state: 'drained' })], 0],
    ['one is down', [target('a'), target('b', { state: 'down' })], 1],
    ['nobody looks any more', [target('a', { stale: true })], 2],
    ['one of two has been silent', [target('a', { reports: [said('up'), said('up', { silent: true })] })], 2],
    ['down goes before silent', [target('a', { stale: true }), target('b', { state: 'down' })], 1],
    ['nothing is probed', [], 0],
    ['a document is refused', [target('a')], 2, REFUSED],
    ['a guard holds', [target('a', { real: 'down' })], 2, [], [HOLDING]],
    ['a guard that does not', [target('a')], 0, [], [CALM]],
    ['down goes before refused', [target('a', { state: 'down' })], 1, REFUSED],
  ])('%s', async (_, targets, status, refused: readonly RefusedReport[] = [], guards: readonly GuardReport[] = []) => {
    const shown = report(targets, { refused, guards })
    const url = await serving(200, JSON.stringify(shown))
    expect(await run(url)).toMatchObject({ status, stderr: '' })
    const { stdout } = await run(url, true)
    expect(JSON.parse(stdout)).toEqual(shown)
  })

  test('zones come with what they cost as JSON', async () => {
    const { stdout } = await run(await serving(200, JSON.stringify(report([], { zones: [ZONE] }))), true)
    expect(JSON.parse(stdout).zones).toMatchObject([{ origin: 'example.com', costs: { records: 100_003, parts: 21 } }])
  })

  test('a report of an older Worker has no refused keys', async () => {
    const { refused: _, ...earlier } = report([target('a')])
    expect(JSON.parse((await run(await serving(200, JSON.stringify(earlier)), true)).stdout)).toMatchObject({
      refused: [],
    })
  })

  test.each([
    [401, '{"error":"expected the API key"}', 'rejects this key'],
    [404, '{"error":"the API is off; set the secret API_KEY"}', 'is off; make a key with "npx edge-gslb key create'],
    [404, 'nothing here', 'is it edge-gslb?'],
    [500, 'oh\x1b no\nmore', 'answered with status 500: oh'],
    [200, '<html>', 'did not answer with health'],
    [200, '{"now":1}', 'did not answer with health'],
    [302, '', 'answered with status 302'],
  ])('an answer with status %i %s', async (status, body, message) => {
    const failed = await run(await serving(status, body))
    expect(failed).toMatchObject({ status: 3, stdout: '' })
    expect(failed.stderr).toContain(message)
  })

  test('a server that does not answer is an error', async () => {
    const { status, stderr } = await run(new URL('http://127.0.0.1:2'))
    expect(status).toBe(3)
    expect(stderr).toBe(
      'error: nothing answers at http://127.0.0.1:2; start it with "npm start", or set its URL with --url',
    )
  })
})

test.each([
  ['https://dns.example.com', false],
  ['http://127.0.0.1:8787', false],
  ['http://localhost', false],
  ['http://[::1]:80', false],
  ['http://dns.example.com', true],
])('%s exposes keys to the network: %s', (url, exposed) => {
  expect(isExposed(must(parseServer(url)))).toBe(exposed)
})

test.each(['', 'example.com', 'ftp://x', 'https://u:p@x', 'https://x/path', 'https://x/?a=1'])(
  '"%s" is not a valid URL of a server',
  (url) => {
    expect(parseServer(url)).toMatchObject({ ok: false })
  },
)

test('a secret comes from the environment or a file', () => {
  const folder = folderWith({ key: 'from a file\n', empty: '\n', two: 'a\nb\n' })
  expect(readSecret('API_KEY', undefined, { API_KEY: ' k ' })).toEqual({ ok: true, value: 'k' })
  expect(readSecret('API_KEY', `${folder}/key`, { API_KEY: 'k' })).toEqual({ ok: true, value: 'from a file' })
  const error = (...args: Parameters<typeof readSecret>) => readSecret(...args) as { error?: string }
  expect(error('API_KEY', undefined, {}).error).toContain('expected it as API_KEY in the environment, or --key-file')
  expect(error('API_KEY', `${folder}/empty`, {}).error).toContain('is empty')
  expect(error('API_KEY', `${folder}/two`, {}).error).toContain('several lines')
  expect(error('API_KEY', `${folder}/none`, {}).error).toContain('cannot be read')
})

test.each([
  [0, '0s'],
  [59_400, '59s'],
  [60_000, '1m00s'],
  [192_000, '3m12s'],
  [7_500_000, '2h05m'],
  [100 * 3_600_000, '4d04h'],
  [-5, '0s'],
])('%i ms is %s', (ms, expected) => {
  expect(span(ms)).toBe(expected)
})
