import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../../src/cli/main.ts'
import { commandLines, commandsOf, whyRefused } from './command-line.ts'

/** The help of a command with the texts after it, which `helpInformation` leaves out. */
function helpOf(args: readonly string[]): string {
  let text = ''
  let command = createProgram()
  for (const name of args) command = command.commands.find((inner) => inner.name() === name) ?? command
  command.configureOutput({ writeOut: (more) => (text += more) }).outputHelp()
  return text
}

const hidden = ['complete']
const names = commandsOf(createProgram())
  .map(({ name }) => name)
  .filter((name) => !hidden.includes(name))

describe.each(['', ...names])('edge-gslb %s --help', (name) => {
  const help = helpOf(name.split(' '))

  test('states the exit statuses', () => {
    expect(help).toMatch(/^Exit status: 0 .*\.$/m)
  })

  test('has examples, which the command accepts', async () => {
    const examples = commandLines(
      help.slice(help.indexOf('\nExamples:\n')).replaceAll(/ {2,}(?=\S)(?!edge|source).*$/gm, ''),
    )
    expect(examples.length).toBeGreaterThan(0)
    for (const args of examples) expect([args, await whyRefused(args)]).toEqual([args, undefined])
  })
})

test('commands that print data have --json', () => {
  const withoutData = /^(init|agent|dev|completion|complete|geo put|geo remove)$/
  const without = commandsOf(createProgram()).filter(
    ({ command }) => !command.options.some(({ long }) => long === '--json'),
  )
  expect(without.map(({ name }) => name).filter((name) => !withoutData.test(name))).toEqual([])
})

describe('command lines of the pages', () => {
  const examples = readdirSync('examples', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  const pages = [
    'README.md',
    ...readdirSync('docs').map((name) => join('docs', name)),
    ...examples.map((name) => join('examples', name)),
  ].filter((file) => file.endsWith('.md'))
  const blocksOf = (file: string): string =>
    [...readFileSync(file, 'utf8').matchAll(/```(?:sh|console)\n([\s\S]*?)```/g)].map(([, text]) => text).join('\n')
  const lines = pages.flatMap((file) =>
    commandLines(blocksOf(file)).map((args) => [file, args.join(' '), args] as const),
  )

  test('are many', () => {
    expect(lines.length).toBeGreaterThan(25)
  })

  test.each(lines)('%s: edge-gslb %s', async (_, __, args) => {
    expect(await whyRefused(args)).toBeUndefined()
  })
})

test.each([
  ['publish zones --to https://a --reason "a b"', undefined],
  ['publish zones --to https://a --remote', 'cannot be used with'],
  ['publish --prun', 'unknown option'],
  ['rollback a', 'missing required argument'],
  ['history a 1 2', 'too many arguments'],
  ['import', 'required option'],
  ['completion tcsh', 'Allowed choices are'],
  ['nothing', 'unknown command'],
])('the parser, as these tests use it: %s', async (line, expected) => {
  const [args = []] = commandLines(`edge-gslb ${line}`)
  const why = await whyRefused(args)
  if (expected === undefined) expect(why).toBeUndefined()
  else expect(why).toContain(expected)
})
