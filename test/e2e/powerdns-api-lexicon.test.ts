import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from './processes.ts'
import { type Server, startServer } from './server.ts'
import { needs } from './tools.ts'

const KEY = 'the-key-of-these-tests'
const FILES = { 'example.com.zone': '$TTL 60\n@ IN SOA ns root 1 2 3 4 5\n@ IN NS ns.example.net.\n' }

needs('lexicon')('lexicon 3.11.7 manages a zone', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer(FILES, KEY)
  })
  afterAll(() => server?.stop())

  const lexicon = async (...args: readonly string[]): Promise<string> => {
    const [action = '', ...rest] = args
    const access = ['--pdns-server', server.url, '--auth-token', KEY, '--output', 'JSON']
    const { status, stdout, stderr } = await run('lexicon', ['powerdns', action, 'example.com', ...rest, ...access])
    expect(status, stderr).toBe(0)
    return stdout
  }
  const contents = async (type: string): Promise<readonly string[]> =>
    (JSON.parse(await lexicon('list', type)) as { content: string }[]).map(({ content }) => content).sort()

  test('creates, lists, updates and deletes records', async () => {
    await lexicon('create', 'A', '--name', 'www', '--content', '192.0.2.1', '--ttl', '600')
    await lexicon('create', 'A', '--name', 'www', '--content', '192.0.2.2', '--ttl', '600')
    await lexicon('create', 'TXT', '--name', '_acme-challenge', '--content', 'a challenge')
    expect(await contents('A')).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(await contents('TXT')).toEqual([expect.stringContaining('a challenge')])
    await lexicon('delete', 'A', '--name', 'www', '--content', '192.0.2.1')
    expect(await contents('A')).toEqual(['192.0.2.2'])
    await lexicon('delete', 'TXT', '--name', '_acme-challenge', '--content', 'a challenge')
    expect(await contents('TXT')).toEqual([])
  })
})
