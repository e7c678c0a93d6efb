import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { publishCommand } from '../../../src/cli/publish/publish.ts'
import { publishAll, Republisher } from '../../../src/cli/publish/republisher.ts'
import { check } from '../../../src/cli/zones/check.ts'
import { compileFolder } from '../../../src/cli/zones/compile-files.ts'
import { compileCheckedFolder } from '../../../src/cli/zones/expectations.ts'
import { ok } from '../../../src/result.ts'
import { MemoryKv } from '../store/kv-memory.ts'
import { must } from '../support.ts'
import { folderWith, recorder, zoneFile } from './support.ts'

const row = (name: string, answer: string): string => JSON.stringify([{ name, answer }])
const GOOD = row('www.a.example', '192.0.2.1')
const BAD = row('www.a.example', '192.0.2.2')
const ZONE = zoneFile(1, 'www IN A 192.0.2.1')
const FAILURE = 'www.a.example A for 192.0.2.1: the answer is 192.0.2.1; expected 192.0.2.2'

async function checked(paths: readonly string[], options = {}) {
  const console = recorder()
  return { status: await check(paths, console, {}, options), ...console }
}

describe('check', () => {
  test.each(['a.example.zone', 'a.example.json'])(
    'reads the expectations beside %s, in its folder and alone',
    async (file) => {
      const soa = { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
      const records = { '@': { NS: 'ns' }, ns: { A: '192.0.2.53' }, www: { A: '192.0.2.1' } }
      const zone = file.endsWith('.zone') ? ZONE : JSON.stringify({ origin: 'a.example', ttl: 300, soa, records })
      const folder = folderWith({ [file]: zone, 'a.example.test.json': GOOD })
      const tests = join(folder, 'a.example.test.json')
      for (const path of [folder, join(folder, file), tests]) {
        const { status, stdout, stderr } = await checked([path])
        expect([status, stderr, stdout.at(-1)]).toEqual([0, [], `${tests}: 1 expectation met`])
      }
      writeFileSync(tests, BAD)
      for (const path of [folder, join(folder, file), tests]) {
        const { status, stderr } = await checked([path])
        const command = `npx edge-gslb explain www.a.example A --client 192.0.2.1 --zones ${folder}`
        expect([status, stderr]).toEqual([1, [`${tests}:1:35: ${FAILURE}; explain: ${command}`]])
      }
    },
  )

  test('--json has the failing row as an error', async () => {
    const folder = folderWith({ 'a.example.zone': ZONE, 'a.example.test.json': BAD })
    const { status, stdout } = await checked([folder], { json: true })
    expect([status, JSON.parse(stdout.join('\n'))]).toEqual([
      1,
      [
        {
          ...{ file: join(folder, 'a.example.test.json'), line: 1, column: 35, severity: 'error' },
          message: 'www.a.example A for 192.0.2.1: the answer is 192.0.2.1',
          expected: expect.stringMatching(/^192\.0\.2\.2; explain: /),
        },
      ],
    ])
  })

  test('expectations without a zone are an error', async () => {
    const folder = folderWith({ 'a.example.zone': ZONE, 'b.example.test.json': GOOD })
    expect(await checked([folder])).toMatchObject({
      status: 1,
      stderr: [
        `${join(folder, 'b.example.test.json')}:1:1: there is no zone for these expectations; expected b.example.zone or b.example.json beside them`,
      ],
    })
    rmSync(join(folder, 'a.example.zone'))
    expect((await checked([folder])).stderr.join()).toContain('has no zones; expected files like example.com.zone')
  })

  test('expectations of a zone with errors are not checked, and those that cannot be read are an error', async () => {
    const folder = folderWith({
      ...{ 'a.example.zone': 'www IN A x\n', 'a.example.test.json': BAD },
      ...{ 'b.example.zone': zoneFile(1), 'b.example.test.json': Uint8Array.from([0x5b, 0xe9]) },
    })
    const { stderr } = await checked([folder])
    expect(stderr.join('\n')).not.toContain('explain:')
    expect(stderr.at(-1)).toContain('b.example.test.json:1:1: the file is not UTF-8 text')
  })

  test('a document of the zone example.test is a zone', async () => {
    const soa = { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
    const records = { '@': { NS: 'ns' }, ns: { A: '192.0.2.53' } }
    const zone = JSON.stringify({ origin: 'example.test', ttl: 300, soa, records })
    const folder = folderWith({ 'example.test.json': zone })
    expect(await checked([folder])).toMatchObject({
      status: 0,
      stdout: [expect.stringContaining(': example.test. serial 1')],
    })
  })

  test('a CNAME of a single file leads to the other zones of its folder, a delegated child among them', async () => {
    const files = {
      'a.example.zone': zoneFile(1, 'www IN CNAME www.b.example.\nsub IN NS ns\nto IN CNAME x.sub'),
      'a.example.test.json': JSON.stringify([
        { name: 'www.a.example', answer: '192.0.2.7' },
        { name: 'to.a.example', answer: '192.0.2.8' },
      ]),
      'b.example.zone': zoneFile(1, 'www IN A 192.0.2.7'),
      'sub.a.example.zone': zoneFile(1, 'x IN A 192.0.2.8'),
      'c.example.zone': 'not a zone',
    }
    const folder = folderWith(files)
    expect(await checked([join(folder, 'a.example.zone')])).toMatchObject({ status: 0, stderr: [] })
    rmSync(join(folder, 'b.example.zone'))
    expect((await checked([join(folder, 'a.example.zone')])).stderr).toEqual([
      expect.stringContaining('www.a.example A for 192.0.2.1: the answer is no records; expected 192.0.2.7'),
    ])
  })
})

describe('publish', () => {
  test.each([
    ['a folder', (folder: string) => [folder], 'error: 1 file of FOLDER with errors'],
    ['a file', (folder: string) => [join(folder, 'a.example.zone')], 'error: 1 error'],
  ])('of %s with an expectation that fails writes nothing', async (_, pathsOf, error) => {
    const folder = folderWith({ 'a.example.zone': ZONE, 'a.example.test.json': BAD })
    const kv = new MemoryKv()
    const console = recorder()
    const publish = () =>
      publishCommand(pathsOf(folder), { prune: false, where: 'local KV' }, async () => ok(kv.commands), console)
    expect(await publish()).toBe(1)
    expect(kv.values.size).toBe(0)
    expect(console.stderr).toEqual([
      expect.stringContaining(FAILURE),
      `${error.replace('FOLDER', folder)}; nothing was published, and KV is as it was`,
    ])
    writeFileSync(join(folder, 'a.example.test.json'), GOOD)
    expect(await publish()).toBe(0)
    expect(kv.values.has('zone:a.example')).toBe(true)
    expect([...kv.values.keys()].filter((key) => key.startsWith('zone:'))).toHaveLength(1)
  })
})

test('npm start: while an expectation fails, the last zones stay in service', async () => {
  const folder = folderWith({ 'a.example.zone': ZONE, 'a.example.test.json': GOOD })
  const kv = new MemoryKv()
  const files = must(compileCheckedFolder(folder))
  must(await publishAll(files, kv.commands))
  const console = recorder()
  const republisher = new Republisher(folder, kv.commands, files, console, {})
  writeFileSync(join(folder, 'a.example.zone'), zoneFile(2, 'www IN A 192.0.2.9'))
  await republisher.changed()
  expect(console.stdout).toEqual([])
  expect(console.stderr).toEqual([
    expect.stringContaining('the answer is 192.0.2.9; expected 192.0.2.1'),
    `error: 1 file of ${folder} with errors; nothing was published, and the last valid zones stay in service`,
  ])
  expect(republisher.files).toBe(files)
  expect(kv.textOf('zone:a.example')).toContain('192.0.2.1')
  writeFileSync(join(folder, 'a.example.test.json'), row('www.a.example', '192.0.2.9'))
  await republisher.changed()
  expect(console.stdout).toEqual([expect.stringMatching(/^fixed and published in \d+ ms: a\.example\. serial 2$/)])
})

test('explain reads a folder whose expectations fail: it tells why', () => {
  const folder = folderWith({ 'a.example.zone': ZONE, 'a.example.test.json': BAD })
  expect(compileFolder(folder).ok).toBe(true)
  expect(compileCheckedFolder(folder).ok).toBe(false)
})

test('the expectations of docs/expectations.md are met by the zone of the canary example, and fail after the change', async () => {
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync('docs/expectations.md', 'utf8')) ?? []
  const zone = readFileSync('examples/canary/zones/example.com.zone', 'utf8')
  const folder = folderWith({ 'example.com.zone': zone, 'example.com.test.json': text })
  expect(await checked([folder])).toMatchObject({ status: 0, stderr: [] })
  writeFileSync(join(folder, 'example.com.zone'), zone.replace('{{90, ', '{{80, ').replace('{10, ', '{20, '))
  const { status, stderr } = await checked([folder])
  expect([status, stderr.length]).toEqual([1, 1])
  const [message = ''] = stderr
  const printed = readFileSync('docs/expectations.md', 'utf8').replaceAll('\n', ' ')
  expect(printed).toContain(message.replace(`${folder}/`, 'zones/').replace(` --zones ${folder}`, ''))
})
