import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { explainCommand } from '../../src/cli/explain/explain.ts'
import { TASKS } from '../../src/cli/init/init.ts'
import { check } from '../../src/cli/zones/check.ts'
import { recorder } from './cli/support.ts'

/** A row of expect.json: who asks for what, what `explain` supposes of health, and what it has to print. */
type Row = {
  readonly name: string
  readonly type: string
  readonly client: string
  readonly ecs?: string
  readonly cf?: object
  readonly down?: readonly string[]
  readonly up?: readonly string[]
  readonly scope: number
  /** Probabilities by RDATA. */
  readonly answers: Readonly<Record<string, string>>
}

const folders = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test('examples: there is one for each task of init', () => {
  expect(folders.sort()).toEqual(Object.keys(TASKS).sort())
})

describe.each(folders)('examples: %s', (task) => {
  const zones = join('examples', task, 'zones')
  const rows: readonly Row[] = JSON.parse(readFileSync(join('examples', task, 'expect.json'), 'utf8'))

  test('check finds neither errors nor warnings', async () => {
    const console = recorder()
    expect([
      await check([zones], console, {}, { strict: true }),
      console.stderr.filter((line) => !/: advice: /.test(line)),
    ]).toEqual([0, []])
  })

  test.each(rows.map((row) => [row.name, row.type, row.ecs ?? row.client, row]))(
    '%s %s for %s',
    async (_, __, ___, row) => {
      expect(await explained(row, zones)).toEqual({ scope: row.scope, answers: row.answers })
    },
  )

  test('the README is short, and every explain command in it is a row of expect.json', () => {
    const text = readFileSync(join('examples', task, 'README.md'), 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(25)
    const commands = [...text.replaceAll('\\\n', '').matchAll(/npx edge-gslb explain (\S+) (\S+) --client (\S+)/g)]
    expect(commands.length).toBeGreaterThan(0)
    for (const [, name, type, client] of commands) {
      expect(rows).toContainEqual(expect.objectContaining({ name, type, client }))
    }
  })
})

test('examples: named.conf of powerdns names the zone and its file', () => {
  const [, zone, file] =
    /zone "([^"]+)" \{[^}]*file "([^"]+)"/.exec(readFileSync('examples/powerdns/named.conf', 'utf8')) ?? []
  expect([zone, existsSync(join('examples/powerdns', file ?? ''))]).toEqual(['example.com', true])
})

async function explained({ name, type, client, ecs, cf, down = [], up = [] }: Row, zones: string) {
  const options = { client, zones, json: true, ...(ecs && { ecs }), ...(cf && { cf: JSON.stringify(cf) }) }
  const known = { open: undefined, platform: 'edge' as const, vantages: ['cron'], whatIf: { down, up }, now: 0 }
  const console = recorder()
  expect(await explainCommand(name, type, options, known, () => 0, console)).toBe(0)
  const { scope, answers } = JSON.parse(console.stdout.join('\n'))
  return {
    scope,
    answers: Object.fromEntries(
      answers.map((one: { data: string; probability: string }) => [one.data, one.probability]),
    ),
  }
}
