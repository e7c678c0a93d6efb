import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { PublishKv } from '../../../src/cli/kv/kv.ts'
import { type PlanChoices, planCommand } from '../../../src/cli/plan/plan.ts'
import { previewOf } from '../../../src/cli/plan/preview.ts'
import { sourcesFor } from '../../../src/cli/plan/sources.ts'
import { planText } from '../../../src/cli/plan/text.ts'
import { type PublishChoices, publishCommand } from '../../../src/cli/publish/publish.ts'
import type { Change, Plan } from '../../../src/explain/index.ts'
import { err, ok } from '../../../src/result.ts'
import { MemoryKv } from '../store/kv-memory.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const NOW = 1_800_000_000_000

/** KV in which a folder of zones is published. */
async function servedFrom(files: Readonly<Record<string, string>>): Promise<MemoryKv> {
  const kv = new MemoryKv()
  if (Object.keys(files).length === 0) return kv
  const choices = { prune: false, where: 'local KV' }
  expect(await publishCommand([folderWith(files)], choices, async () => ok(kv.commands), recorder())).toBe(0)
  return kv
}

async function run(kv: PublishKv, paths: readonly string[], more: Partial<PlanChoices> = {}) {
  const console = recorder()
  const choices: PlanChoices = { prune: false, form: 'text', whatIf: { up: [], down: [] }, ...more }
  const sources = { open: async () => ok(kv), ...sourcesFor({ now: NOW }) }
  const status = await planCommand(paths, choices, sources, console)
  return { status, out: console.stdout, err: console.stderr }
}

const weights = (second: number): string => `a LUA A "pickwrandom({{1, '192.0.2.1'}, {${second}, '192.0.2.2'}})"`
const VIEW = (text: string): string =>
  `a LUA A "view({{{'10.0.0.0/8'}, {'${text}'}}, {{'0.0.0.0/0', '::/0'}, {'192.0.2.9'}}})"`

describe('edge-gslb plan', () => {
  test('says with status 0 that nothing changes, and what serials do', async () => {
    const kv = await servedFrom({ 'a.example.zone': zoneFile(1, weights(2)) })
    const same = await run(kv.commands, [folderWith({ 'a.example.zone': zoneFile(1, weights(2)) })])
    expect(same).toEqual({ status: 0, out: ['no answer changes'], err: [] })
    const serial = await run(kv.commands, [folderWith({ 'a.example.zone': zoneFile(2, weights(2)) })])
    expect(serial).toEqual({ status: 0, out: ['no answer changes', 'serials: a.example. 1 → 2'], err: [] })
  })

  test('shows before and after with their chances, with status 2, and writes nothing', async () => {
    const kv = await servedFrom({ 'a.example.zone': zoneFile(1, weights(2)) })
    kv.ops.length = 0
    const { status, out } = await run(kv.commands, [folderWith({ 'a.example.zone': zoneFile(1, weights(100)) })])
    expect(status).toBe(2)
    expect(out).toEqual([
      'a.a.example. A  changed, 100 % of IPv4',
      '  everyone',
      '    - 192.0.2.1 (33.33 %)',
      '    - 192.0.2.2 (66.67 %)',
      '    + 192.0.2.1 (0.99 %)',
      '    + 192.0.2.2 (99.01 %)',
      '',
      'answers: 1 changed',
    ])
    expect(kv.ops.filter(([kind]) => kind === 'put' || kind === 'delete')).toEqual([])
  })

  test('--json has the form of the API', async () => {
    const kv = await servedFrom({ 'a.example.zone': zoneFile(1, VIEW('192.0.2.1')) })
    const folder = folderWith({ 'a.example.zone': zoneFile(1, VIEW('192.0.2.2')) })
    const { status, out } = await run(kv.commands, [folder], { form: 'json' })
    expect([status, JSON.parse(out.join('\n'))]).toEqual([
      2,
      {
        changes: [
          {
            name: 'a.a.example.',
            type: 'A',
            change: 'changed',
            networks: [
              {
                prefix: '10.0.0.0/8',
                before: [{ data: '192.0.2.1', probability: '1' }],
                after: [{ data: '192.0.2.2', probability: '1' }],
              },
            ],
            share: { ipv4: 1 / 256 },
            ttl: { before: 300, after: 300 },
          },
        ],
        serials: [],
        cut: false,
      },
    ])
  })

  test('--markdown is a table, in which records are no markup', async () => {
    const kv = await servedFrom({ 'a.example.zone': zoneFile(1) })
    const folder = folderWith({ 'a.example.zone': zoneFile(1, 't TXT "a|b <script> `x` @ada"') })
    const { out } = await run(kv.commands, [folder], { form: 'markdown' })
    expect(out).toEqual([
      '**edge-gslb plan**: answers: 1 added',
      '',
      '| name | type | change | clients | before | after |',
      '|---|---|---|---|---|---|',
      '| <code>t.a.example.</code> | TXT | added, 100 % of IPv4 | everyone | nothing | <code>"a&#124;b &#60;script&#62; &#96;x&#96; @ada"</code> |',
    ])
  })

  test('keeps published zones that are not in the folder; with --prune they go', async () => {
    const kv = await servedFrom({ 'a.example.zone': zoneFile(1), 'b.example.zone': zoneFile(1) })
    const folder = folderWith({ 'a.example.zone': zoneFile(1) })
    expect((await run(kv.commands, [folder])).status).toBe(0)
    const pruned = await run(kv.commands, [folder], { prune: true })
    expect([pruned.status, pruned.out.at(-2)]).toEqual([2, 'answers: 3 removed'])
    expect(pruned.out.at(-1)).toBe('serials: b.example. 1 → none')
    expect(await run(kv.commands, [join(folder, 'a.example.zone')], { prune: true })).toMatchObject({
      status: 1,
      err: ['error: --prune removes the zones that are not in a folder; expected one folder'],
    })
  })

  test('reads no published zone whose document is the same', async () => {
    const kv = await servedFrom({ 'a.example.zone': zoneFile(1), 'b.example.zone': zoneFile(1) })
    kv.reads.length = 0
    await run(kv.commands, [folderWith({ 'a.example.zone': zoneFile(1), 'b.example.zone': zoneFile(2) })])
    expect(kv.reads.filter((key) => key.startsWith('head:'))).toHaveLength(1)
  })

  test('with an empty KV every name is added', async () => {
    const { status, out } = await run(new MemoryKv().commands, [folderWith({ 'a.example.zone': zoneFile(1) })])
    expect([status, out.at(-2)]).toEqual([2, 'answers: 3 added'])
  })

  test('an error is status 1: a zone with an error, KV that cannot be read', async () => {
    const bad = await run(new MemoryKv().commands, [folderWith({ 'a.example.zone': 'www A 1.2.3.4\n' })])
    expect([bad.status, bad.out]).toEqual([1, []])
    expect(bad.err.at(-1)).toMatch(/^error: 1 file of .* with errors; nothing was compared$/)
    const away = { ...new MemoryKv().commands, get: async () => err('KV is away') }
    expect(await run(away, [folderWith({ 'a.example.zone': zoneFile(1) })])).toMatchObject({ status: 1, out: [] })
  })

  test('--down compares while a target is down; without it the state is told in which a change shows', async () => {
    const failover = (backup: string): string =>
      zoneFile(1, `a LUA A "ifportup(80, {{'192.0.2.1'}, {'${backup}'}}, {initially='up'})"`)
    const kv = await servedFrom({ 'a.example.zone': failover('192.0.2.2') })
    const folder = folderWith({ 'a.example.zone': failover('192.0.2.3') })
    const now = await run(kv.commands, [folder])
    expect([now.status, now.out[0]]).toEqual([
      2,
      expect.stringMatching(/^a\.a\.example\. A {2}changed.*, when .* is down$/),
    ])
    const down = await run(kv.commands, [folder], { whatIf: { up: [], down: ['192.0.2.1*'] } })
    expect(down.out.slice(0, 4)).toEqual([
      'a.a.example. A  changed, 100 % of IPv4',
      '  everyone',
      '    - 192.0.2.2',
      '    + 192.0.2.3',
    ])
    expect(down.err).toEqual([])
    expect((await run(kv.commands, [folder], { whatIf: { up: [], down: ['192.0.2.1*', 'fra'] } })).err).toEqual([
      'warning: "fra" is not a target, a check or a datacenter of the zones',
    ])
  })
})

describe('the text', () => {
  const change = (i: number): Change => ({
    name: `n${i}.example.com.`,
    type: 'A',
    change: 'changed',
    networks: Array.from({ length: 20 }, (_, n) => ({
      prefix: `10.${n}.0.0/16`,
      before: [{ data: `192.0.2.${n % 15}`, probability: '1' }],
      after: [{ data: '192.0.2.99', probability: null }],
      ...(n === 0 && { byHash: true as const, moved: 0.25 }),
    })),
    share: { ipv4: 0.25 },
    ttl: { before: 60, after: 300 },
    cut: true,
  })
  const plan: Plan = { changes: Array.from({ length: 150 }, (_, i) => change(i)), serials: [], cut: true }

  test('cuts long lists, and counts what it leaves out', () => {
    const lines = planText(plan, { changes: 1, groups: 2, networks: 1, records: 1 })
    expect(lines).toEqual([
      'n0.example.com. A  changed, 25 % of IPv4, TTL 60 → 300, there may be more',
      '  10.0.0.0/16; each client by its hash, 25 % of them move',
      '    - 192.0.2.0',
      '    + 192.0.2.99 (chance not computed)',
      '  10.1.0.0/16 and 1 more network',
      '    - 192.0.2.1',
      '    + 192.0.2.99 (chance not computed)',
      '  and 14 more groups of networks',
      '',
      'and 149 more changes',
      '',
      'answers: 150 changed; not everything could be compared: there may be more changes',
    ])
  })
})

describe('publish on a terminal', () => {
  const published = async (confirm: ((question: string) => Promise<boolean>) | undefined, yes = false) => {
    const kv = await servedFrom({ 'a.example.zone': zoneFile(1, weights(2)) })
    const folder = folderWith({ 'a.example.zone': zoneFile(2, weights(100)) })
    const console = recorder()
    kv.ops.length = 0
    const preview = previewOf([folder], false, false, console, {})
    const choices = { prune: false, where: 'local KV', yes, confirm, preview }
    const status = await publishCommand([folder], choices, async () => ok(kv.commands), console)
    return { status, writes: kv.ops.some(([kind]) => kind === 'put'), err: console.stderr }
  }

  test('shows the plan and asks; a no writes nothing', async () => {
    const questions: string[] = []
    const ask = (answer: boolean) => async (question: string) => {
      questions.push(question)
      return answer
    }
    const refused = await published(ask(false))
    expect([refused.status, refused.writes]).toEqual([1, false])
    expect(refused.err).toContain('    + 192.0.2.2 (99.01 %)')
    expect(refused.err.at(-1)).toBe('error: nothing was written')
    expect(await published(ask(true))).toMatchObject({ status: 0, writes: true })
    expect(questions).toEqual(['Publish to local KV?', 'Publish to local KV?'])
  })

  test('gets the files as publish compiled them, and none if nobody is asked', async () => {
    const kv = await servedFrom({ 'a.example.zone': zoneFile(1) })
    const folder = folderWith({ 'a.example.zone': zoneFile(2), 'b.example.zone': zoneFile(1) })
    const seen: unknown[] = []
    const preview: NonNullable<PublishChoices['preview']> = async (_, files) => {
      seen.push(files?.map(({ file }) => file))
      return ok([])
    }
    const choices = { prune: false, where: 'local KV', confirm: async () => false, preview }
    await publishCommand([folder], choices, async () => ok(kv.commands), recorder())
    expect(seen).toEqual([[join(folder, 'a.example.zone'), join(folder, 'b.example.zone')]])
    await publishCommand([folder], { ...choices, yes: true }, async () => ok(kv.commands), recorder())
    expect(seen).toHaveLength(1)
  })

  test('asks nobody with --yes, and without a terminal', async () => {
    const nobody = () => Promise.reject(new Error('asked'))
    expect(await published(nobody, true)).toMatchObject({ status: 0, writes: true, err: [] })
    expect(await published(undefined)).toMatchObject({ status: 0, writes: true, err: [] })
  })
})
