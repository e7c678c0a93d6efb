import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TASK_NAMES } from '../../../src/cli/init/command.ts'
import { configForPackage, init, TASKS, type Task } from '../../../src/cli/init/init.ts'
import { check } from '../../../src/cli/zones/check.ts'
import { folderWith, recorder } from './support.ts'

const IN_CLONE = true
const IN_PACKAGE = false

test('init: the command knows every task', () => {
  expect(Object.keys(TASKS)).toEqual([...TASK_NAMES])
})

describe.each(Object.keys(TASKS) as Task[])('init: %s', (task) => {
  test('writes zones without warnings, and prints commands with their names', async () => {
    const folder = join(folderWith({}), 'new', 'folder')
    const console = recorder()
    expect(init(task, folder, console, IN_CLONE)).toBe(0)
    expect(console.stderr).toEqual([])
    expect(await check([join(folder, 'zones')], recorder(), {}, { strict: true })).toBe(0)
    expect(readdirSync(folder)).toEqual(['zones'])
    expect(console.stdout.join('\n')).toContain(
      `npx edge-gslb explain ${TASKS[task].ask} --zones ${join(folder, 'zones')}`,
    )
  })
})

test('init: a command of a clone in a folder elsewhere leads to the clone, and names its zones there', () => {
  const [clone, console] = [process.cwd(), recorder()]
  process.chdir(folderWith({}))
  const elsewhere = process.cwd()
  try {
    expect(init('canary', '.', console, IN_CLONE)).toBe(0)
  } finally {
    process.chdir(clone)
  }
  const steps = console.stdout
    .join('\n')
    .split('\n')
    .map((line) => line.trim())
  expect(steps).toEqual(expect.arrayContaining([`cd ${clone}`, `ZONES=${join(elsewhere, 'zones')} npm start`]))
})

test('init: a project gets a wrangler.toml whose main is the Worker of the package', () => {
  const folder = folderWith({})
  expect(init('canary', folder, recorder(), IN_PACKAGE)).toBe(0)
  const [clone, project] = ['wrangler.toml', join(folder, 'wrangler.toml')].map((file) => readFileSync(file, 'utf8'))
  expect(project?.split('\n').filter((line) => !clone?.includes(line))).toEqual([
    'main = "node_modules/edge-gslb/src/worker.ts"',
  ])
})

test('configForPackage: changes the one line, which wrangler.toml has', () => {
  expect(configForPackage('a\nmain = "src/worker.ts"\nb')).toBe('a\nmain = "node_modules/edge-gslb/src/worker.ts"\nb')
})

describe('init: a file that exists', () => {
  test.each(['zones/example.com.zone', 'wrangler.toml'])('%s is reported and kept, and nothing is written', (name) => {
    const folder = folderWith({ [name]: 'mine' })
    const console = recorder()
    expect(init('canary', folder, console, IN_PACKAGE)).toBe(1)
    expect(console.stderr).toEqual([
      `error: ${join(folder, name)} exists already, and nothing was written; expected a folder without it`,
    ])
    expect(readFileSync(join(folder, name), 'utf8')).toBe('mine')
    expect(console.stdout).toEqual([])
    expect(readdirSync(folder)).toEqual([name.split('/')[0]])
  })

  test('counts if it is a dangling link', () => {
    const folder = folderWith({})
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'wrangler.toml'))
    expect(init('canary', folder, recorder(), IN_PACKAGE)).toBe(1)
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false)
  })
})

test('init: a folder that cannot be written is an error that names the file', () => {
  const folder = folderWith({})
  writeFileSync(join(folder, 'file'), '')
  const console = recorder()
  expect(init('canary', join(folder, 'file'), console, IN_CLONE)).toBe(1)
  expect(console.stderr.join()).toContain(join(folder, 'file', 'zones'))
})
