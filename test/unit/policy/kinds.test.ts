import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { inside, KINDS } from '../../../src/policy/index.ts'

/** Returns the files of src, apart from lua, that spell a kind. */
const filesWith = (kind: string): string[] =>
  globSync('src/**/*.ts')
    .filter((file) => !file.startsWith('src/lua'))
    .filter((file) => readFileSync(file, 'utf8').includes(`'${kind}'`))

/** The files that bring all kinds together. */
const TABLES = /\/(index|author|avoidance|texts)\.ts$/

describe('a kind of answer is a file', () => {
  // Names that are common words, or selectors of pools as well, are quoted for other reasons too.
  test.each(['consistent-hashed', 'name-hashed', 'datacenters'])(
    '%s is spelled in at most five files, two of tables',
    (kind) => {
      const files = filesWith(kind)
      expect(files).toContain('src/policy/kinds/index.ts')
      expect(files.length).toBeLessThanOrEqual(5)
    },
  )

  test('no kind imports another, but a choice that makes fixed records, a failover or a failure', () => {
    const imports = globSync('src/policy/kinds/*.ts')
      .filter((file) => !TABLES.test(file))
      .flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/from '\.\/([\w-]+)\.ts'/g)]
          .map(([, name]) => name as string)
          .filter((name) => !file.endsWith(`/${name}-author.ts`)),
      )
    expect(new Set(imports)).toEqual(new Set(['kind', 'values', 'failover', 'fail']))
  })
})

describe('the expressions inside of one', () => {
  const member = { answer: '192.0.2.2', weight: 1 }
  test.each<[Parameters<typeof inside>[0], string[]]>([
    ['192.0.2.1', []],
    [
      ['192.0.2.1', '192.0.2.2'],
      ['0', '1'],
    ],
    [{ kind: 'random', of: ['192.0.2.1'] }, ['of.0']],
    [{ kind: 'weighted', members: [member] }, ['members.0.answer']],
    [{ kind: 'hashed', of: ['192.0.2.1'] }, ['of.0']],
    [{ kind: 'weighted-hashed', members: [member] }, ['members.0.answer']],
    [{ kind: 'name-hashed', members: [member] }, ['members.0.answer']],
    [{ kind: 'consistent-hashed', members: [member] }, ['members.0.answer']],
    [
      { kind: 'view', rules: [{ networks: [], answer: '192.0.2.1' }], otherwise: '192.0.2.2' },
      ['rules.0.answer', 'otherwise'],
    ],
    [{ kind: 'networks', networks: { '10.0.0.0/8': '192.0.2.1' } }, ['networks.10.0.0.0/8']],
    [{ kind: 'pool', members: ['192.0.2.1', member] }, ['members.0', 'members.1.answer']],
    [{ kind: 'failover', pools: ['192.0.2.1', { answer: '192.0.2.2' }] }, ['pools.0', 'pools.1.answer']],
    [
      { kind: 'geo', networks: { '10.0.0.0/8': '192.0.2.1' }, countries: { DE: '192.0.2.2' }, otherwise: '192.0.2.3' },
      ['networks.10.0.0.0/8', 'countries.DE', 'otherwise'],
    ],
    [
      { kind: 'datacenters', map: 'm', datacenters: { fra: '192.0.2.1', nyc: { answer: '192.0.2.2' } } },
      ['datacenters.fra', 'datacenters.nyc.answer'],
    ],
    [{ kind: 'computed', records: '192.0.2.1' }, ['records']],
    [{ kind: 'lua', code: '', parts: [{ call: 'all', answer: '192.0.2.1' }] }, ['parts.0.answer']],
  ])('%j', (expression, paths) => {
    const found = inside(expression)
    expect(found.map(([, path]) => path.join('.'))).toEqual(paths)
    for (const [answer, path] of found) {
      expect(path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], expression)).toEqual(answer)
    }
  })
  test('covers every kind', () => expect(KINDS).toHaveLength(14))
})
