import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TASKS } from '../../src/cli/init/init.ts'
import { check } from '../../src/cli/zones/check.ts'
import { folderWith, recorder } from './cli/support.ts'

type Row = { readonly name: string; readonly type?: string; readonly client?: string; readonly answer: unknown }

const folders = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join('examples', entry.name, 'zones')))
  .map(({ name }) => name)

test('examples: there is one for each task of init', () => {
  expect(folders.sort()).toEqual(Object.keys(TASKS).sort())
})

describe.each(folders)('examples: %s', (task) => {
  const zones = join('examples', task, 'zones')
  const [expectations = ''] = readdirSync(zones).filter((name) => name.endsWith('.test.json'))
  const rows: readonly Row[] = JSON.parse(readFileSync(join(zones, expectations), 'utf8'))

  test('check finds neither errors nor warnings, and every expectation is met', async () => {
    const console = recorder()
    expect([
      await check([zones], console, {}, { strict: true }),
      console.stderr.filter((line) => !/: advice: /.test(line)),
    ]).toEqual([0, []])
    expect(console.stdout).toContain(`${join(zones, expectations)}: ${rows.length} expectations met`)
  })

  test('every expectation fails with another answer', async () => {
    const folder = folderWith({})
    for (const name of readdirSync(zones)) writeFileSync(join(folder, name), readFileSync(join(zones, name)))
    const isEmpty = ({ answer }: Row): boolean => Array.isArray(answer) && answer.length === 0
    const wrong = rows.map((row) => ({ ...row, answer: isEmpty(row) ? '192.0.2.99' : [] }))
    writeFileSync(join(folder, expectations), JSON.stringify(wrong))
    const console = recorder()
    expect(await check([folder], console)).toBe(1)
    expect(console.stderr.filter((line) => line.includes('; explain: npx edge-gslb explain '))).toHaveLength(
      rows.length,
    )
  })

  test('the README is short, and every explain command in it is an expectation', () => {
    const text = readFileSync(join('examples', task, 'README.md'), 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(25)
    const commands = [...text.replaceAll('\\\n', '').matchAll(/npx edge-gslb explain (\S+) (\S+) --client (\S+)/g)]
    expect(commands.length).toBeGreaterThan(0)
    for (const [, name, type, client] of commands) {
      const isSame = (row: Row): boolean =>
        row.name === name && (row.type ?? 'A') === type && (row.client ?? client) === client
      expect([name, type, client, rows.some(isSame)]).toEqual([name, type, client, true])
    }
  })
})

test('examples: named.conf of powerdns names the zone and its file', () => {
  const [, zone, file] =
    /zone "([^"]+)" \{[^}]*file "([^"]+)"/.exec(readFileSync('examples/powerdns/named.conf', 'utf8')) ?? []
  expect([zone, existsSync(join('examples/powerdns', file ?? ''))]).toEqual(['example.com', true])
})
