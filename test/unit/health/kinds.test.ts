import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { KINDS } from '../../../src/health/kinds/index.ts'

/** Returns the files of src that spell a kind. */
const filesWith = (kind: string): string[] =>
  globSync('src/**/*.{ts,tsx}').filter((file) => readFileSync(file, 'utf8').includes(`'${kind}'`))

describe('a kind of check is a file, and a row a table', () => {
  // The names of the other kinds are those of protocols and settings, and are quoted for other reasons too.
  test.each(['icmp', 'grpc', 'exec'])('%s is spelled in its own file alone', (kind) => {
    expect(filesWith(kind)).toEqual([`src/health/kinds/${kind}.ts`])
  })

  test('each row has the schema of its kind', () => {
    const kinds = Object.values(KINDS).map(({ schema }) => schema.entries.kind.literal)
    expect(kinds).toEqual(Object.keys(KINDS))
  })

  test('no kind imports another, but DNS, which may be asked over HTTPS', () => {
    const imports = globSync('src/health/kinds/*.ts')
      .filter((file) => !file.endsWith('/index.ts'))
      .flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/from '\.\/([\w-]+)\.ts'/g)].map(([, name]) => [file, name as string]),
      )
      .filter(([, name]) => Object.hasOwn(KINDS, name as string))
    expect(imports).toEqual([['src/health/kinds/dns.ts', 'http']])
  })

  test.each(Object.keys(KINDS))('docs/health.md has a row of %s', (kind) => {
    const firstCells = readFileSync('docs/health.md', 'utf8').matchAll(/^\| (`[^|]*) \|/gm)
    expect([...firstCells].flatMap(([, cell]) => cell?.split(', '))).toContain(`\`${kind}\``)
  })
})
