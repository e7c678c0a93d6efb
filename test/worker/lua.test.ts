import { beforeAll, describe, expect, test } from 'vitest'
import type { ZoneDocument } from '../../src/zone/index.ts'
import { compileSource } from '../../src/zonefile/index.ts'
import { ask, base64url, data, decode, publish, query, resolve } from './support.ts'

const HEAD = '$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\n'

function documentOf(file: string, records: string): ZoneDocument {
  const compiled = compileSource({ file, text: HEAD + records }, () => ({ ok: false, error: 'no file' }))
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return { ...compiled.value.document, origin: file.replace('.zone', '') }
}

describe('LUA records in the Worker', () => {
  beforeAll(() =>
    publish(
      documentOf(
        'lua.example.zone',
        `
near LUA A ";if netmask({'10.0.0.0/8'}) then return pickrandom({'192.0.2.1', '192.0.2.2'}) end return '192.0.2.3'"
who LUA TXT "bestwho:toString() .. ' ' .. who:toString() .. ' ' .. qname:toString()"
far LUA A "dblookup('www.far.example', pdns.A)[1]"
loop LUA A ";while true do end"
alias LUA CNAME ";if tcp then return 'www.far.example' end"
`,
      ),
      documentOf('far.example.zone', 'www A 192.0.2.77\n'),
    ),
  )

  test('depend on the client, with an exact scope', async () => {
    const subnet = { ip: '10.1.2.0', length: 24 }
    const reply = await resolve('near.lua.example', 'A', { subnet })
    expect(['192.0.2.1', '192.0.2.2']).toContain(data(reply)[0])
    expect(JSON.stringify(reply.additionals)).toContain('"scopePrefixLength":8')
    expect(data(await resolve('near.lua.example', 'A', { from: '198.51.100.1' }))).toEqual(['192.0.2.3'])
  })

  test('see the query', async () => {
    const reply = await resolve('Who.Lua.Example', 'TXT', {
      from: '198.51.100.1',
      subnet: { ip: '192.0.2.0', length: 24 },
    })
    expect(String(data(reply)[0])).toBe('192.0.2.0 198.51.100.1 Who.Lua.Example.')
  })

  test('read zones that are not loaded yet, and lead to them', async () => {
    expect(data(await resolve('far.lua.example'))).toEqual(['192.0.2.77'])
    expect(data(await resolve('alias.lua.example'))).toEqual(['www.far.example', '192.0.2.77'])
  })

  test('end', async () => {
    const reply = await decode(await ask(`/dns-query?dns=${base64url(query('loop.lua.example'))}`))
    expect((reply as { rcode?: string }).rcode).toBe('SERVFAIL')
  })

  test('are private if they depend on the connection', async () => {
    const response = await ask(`/dns-query?dns=${base64url(query('near.lua.example'))}`)
    expect(response.headers.get('cache-control')).toContain('private')
  })
})
