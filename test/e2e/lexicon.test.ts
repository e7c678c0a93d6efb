import { afterAll, beforeAll, expect, test } from 'vitest'
import { API_KEY, ApiClient, linesOf, ONE_ZONE, replace, soon } from './api-client.ts'
import { answersOf, askDoh, rcodeOf } from './messages.ts'
import { run } from './processes.ts'
import { type Server, startServer } from './server.ts'
import { needs } from './tools.ts'

type Listed = { readonly type: string; readonly name: string; readonly ttl: number; readonly content: string }

needs('lexicon')('lexicon manages the records of a zone', () => {
  let server: Server
  let api: ApiClient
  let secret: string
  beforeAll(async () => {
    server = await startServer(ONE_ZONE, API_KEY)
    api = new ApiClient(server)
    const neighbour = replace('other.example.com.', 'LUA', 60, "A \"pickrandom({'192.0.2.1', '192.0.2.2'})\"")
    // With this kind lexicon notifies after each change.
    await api.create('example.com.', { kind: 'Master', rrsets: [neighbour] })
    secret = await api.makeKey('lexicon', 'zone:example.com')
  })
  afterAll(() => server.stop())

  const lexicon = async (...args: readonly string[]): Promise<string> => {
    const access = ['--auth-token', secret, '--pdns-server', server.url, '--output', 'JSON']
    const { status, stdout, stderr } = await run('lexicon', ['powerdns', ...args, ...access])
    if (status !== 0) throw new Error(`lexicon ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  const list = async (type: string, ...filter: readonly string[]): Promise<readonly Listed[]> =>
    JSON.parse(await lexicon('list', 'example.com', type, ...filter))
  const create = (type: string, name: string, content: string, ...more: readonly string[]) =>
    lexicon('create', 'example.com', type, '--name', name, '--content', content, ...more)

  const CONTENTS: readonly (readonly [type: string, name: string, content: string])[] = [
    ['A', 'www', '192.0.2.10'],
    ['A', 'www', '192.0.2.11'],
    ['AAAA', 'www', '2001:db8::10'],
    ['CNAME', 'alias', 'www.example.com'],
    ['MX', 'example.com', '10 mx1.example.com.'],
    ['TXT', '_acme-challenge.www', 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA'],
    ['TXT', 'long', 'v'.repeat(300)],
    ['TXT', 'spaced', String.raw`a  b; \"c\" \\ d`],
    ['SRV', '_sip._tcp', '10 60 5060 sip.example.com.'],
  ]

  test('it creates records of each type, and reads back what it wrote', async () => {
    for (const [type, name, content] of CONTENTS) expect(await create(type, name, content)).toBe('true\n')
    for (const [type, name, content] of CONTENTS) {
      const owner = name === 'example.com' ? name : `${name}.example.com`
      const listed = await list(type, '--name', owner)
      expect([owner, type, listed.map((record) => record.content)]).toEqual([
        ...[owner, type],
        expect.arrayContaining([content]),
      ])
    }
    expect(await list('A', '--name', 'www')).toHaveLength(2)
    const listed = linesOf(await api.zone('example.com.'))
    expect(listed).toContain("other.example.com. 60 LUA A \"pickrandom({'192.0.2.1', '192.0.2.2'})\"")
    expect(listed).toContain(`long.example.com. 3600 TXT "${'v'.repeat(300)}"`)
    expect(listed).toContain('alias.example.com. 3600 CNAME www.example.com.')
  })

  test('a record that is there is created again without a change', async () => {
    const before = linesOf(await api.zone('example.com.'))
    await create('A', 'www', '192.0.2.11')
    expect(linesOf(await api.zone('example.com.'))).toEqual(before)
  })

  test('the records are in answers', async () => {
    const ask = askDoh(server.url)
    await soon(async () => {
      expect(answersOf(await ask('www.example.com', 'A'))).toEqual(['192.0.2.10', '192.0.2.11'])
      expect(answersOf(await ask('www.example.com', 'AAAA'))).toEqual(['2001:db8::10'])
      expect(answersOf(await ask('long.example.com', 'TXT'))).toHaveLength(1)
    })
  })

  test('it updates one record of a set, and leaves the other', async () => {
    await lexicon(
      ...['update', 'example.com', 'A', '--identifier', 'A/www.example.com.=192.0.2.10'],
      ...['--name', 'www', '--content', '192.0.2.12'],
    )
    const contents = (await list('A', '--name', 'www')).map(({ content }) => content)
    expect(contents.sort()).toEqual(['192.0.2.11', '192.0.2.12'])
    const ask = askDoh(server.url)
    await soon(async () => expect(answersOf(await ask('www.example.com', 'A'))).toEqual(['192.0.2.11', '192.0.2.12']))
  })

  test('it deletes one record, then the whole set, and nothing else', async () => {
    await lexicon('delete', 'example.com', 'A', '--name', 'www', '--content', '192.0.2.12')
    expect((await list('A', '--name', 'www')).map(({ content }) => content)).toEqual(['192.0.2.11'])
    const before = linesOf(await api.zone('example.com.'))
    await lexicon('delete', 'example.com', 'A', '--name', 'www')
    const after = linesOf(await api.zone('example.com.'))
    expect(after).toEqual(before.filter((line) => line !== 'www.example.com. 3600 A 192.0.2.11'))
    const ask = askDoh(server.url)
    await soon(async () => {
      const reply = await ask('www.example.com', 'A')
      expect([rcodeOf(reply), answersOf(reply)]).toEqual(['NOERROR', []])
    })
  })

  test('a zone that is not there, and a key for another zone, are told as lexicon expects them', async () => {
    await expect(lexicon('list', 'missing.example', 'A')).rejects.toThrow(/40[34]/)
    const elsewhere = await api.makeKey('elsewhere', 'zone:other.example')
    const access = ['--auth-token', elsewhere, '--pdns-server', server.url]
    const refused = await run('lexicon', ['powerdns', 'list', 'example.com', 'A', ...access])
    expect([refused.status === 0, refused.stderr]).toEqual([false, expect.stringContaining('403')])
  })
})
