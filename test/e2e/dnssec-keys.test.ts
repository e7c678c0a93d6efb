import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDnsdist } from './dnsdist.ts'
import { type Folder, run, temporaryFolder, until } from './processes.ts'
import { type Front, type Server, startFront, startServer } from './server.ts'
import { needs, pathOf } from './tools.ts'

const ROOT = join(import.meta.dirname, '../..')
const KEY = 'a-key-for-the-end-to-end-tests'
const SECRET = 'a secret of forty characters, for tests!'
const ZONES = ['one.example', 'two.example', 'moved.example', 'api.example', 'apart.example'] as const

const zone = `$TTL 300
@ IN SOA ns root 1 3600 900 604800 60
@ IN NS ns
ns IN A 192.0.2.53
www IN A 192.0.2.1
*.wild IN A 192.0.2.2
lua IN LUA A "pickrandom({'192.0.2.3','192.0.2.4'})"
`

let server: Server
let front: Front
let dnsdist: { port: number; stop: () => Promise<void> }
let folder: Folder
/** The folder of local KV. */
let state: string

needs(
  'dig',
  'nghttpx',
  'dnsdist',
)('keys of zones on a running server', () => {
  beforeAll(async () => {
    folder = temporaryFolder()
    const files = Object.fromEntries(ZONES.map((name) => [`${name}.zone`, zone]))
    server = await startServer(files, KEY, { DNSSEC_SECRET: SECRET })
    state = join(dirname(server.zones), 'kv')
    front = await startFront(server.port)
    dnsdist = await startDnsdist(front, 'ns.one.example.')
  })
  afterAll(async () => {
    await dnsdist?.stop()
    await front?.stop()
    await server?.stop()
    folder?.remove()
  })

  /** Runs a command on local KV. */
  async function edgeGslb(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const all = ['bin/edge-gslb.js', 'dnssec', ...args]
    const options = args.includes('--to') ? [] : ['--persist-to', state, '--config', join(ROOT, 'wrangler.toml')]
    return run(process.execPath, [join(ROOT, all[0] as string), ...all.slice(1), ...options], '', {
      ...{ DNSSEC_SECRET: SECRET, EDGE_GSLB_KEY: KEY },
      ...env,
    })
  }

  async function done(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, stdout, stderr } = await edgeGslb(args, env)
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
    return stdout
  }

  /** Asks a validating resolver that trusts these DS records and nothing else. */
  async function delv(origin: string, name: string, type: string, ds: readonly string[]): Promise<string> {
    const anchors = ds.map((line) => {
      const [, tag, algorithm, digestType, digest] = / DS (\d+) (\d+) (\d+) (\w+)$/.exec(line) ?? []
      return `${origin}. static-ds ${tag} ${algorithm} ${digestType} "${digest}";`
    })
    const file = join(folder.path, `anchors-${origin}`)
    writeFileSync(file, `trust-anchors {\n${anchors.join('\n')}\n};\n`)
    const at = ['@127.0.0.1', '-p', String(dnsdist.port), '-a', file, `+root=${origin}`]
    const { stdout, stderr } = await run('delv', [...at, name, type])
    return `${stdout}${stderr}`
  }

  const dsOf = async (origin: string): Promise<string[]> => (await done(['ds', origin])).trim().split('\n')

  /** Waits until the answers of a zone validate, from these DS records alone. */
  async function secure(origin: string, ds: readonly string[]): Promise<void> {
    let told = ''
    const names = [`www.${origin}`, `lua.${origin}`, `a.wild.${origin}`]
    const check = async () => {
      for (const name of names) {
        told = await delv(origin, name, 'A', ds)
        if (!told.includes('; fully validated')) return false
      }
      told = await delv(origin, `none.${origin}`, 'A', ds)
      return told.includes('; negative response, fully validated')
    }
    await until(`${origin} is secure`, check, 400).catch((error) => {
      throw new Error(`${error.message}\n${told}`)
    })
  }

  const status = async (origin: string) => JSON.parse(await done(['status', origin, '--json']))[0]

  test.each([
    ['one.example', '13', []],
    ['two.example', '15', ['--split']],
  ] as const)(
    '%s is signed, its ds are trust anchors, and both roll-overs are secure at each step',
    async (origin, algorithm, more) => {
      expect(await done(['enable', origin, '--algorithm', algorithm, ...more])).toContain('is signed')
      const before = await dsOf(origin)
      expect(before).toHaveLength(2)
      for (const line of before)
        expect(line).toMatch(new RegExp(`^${origin}\\. IN DS \\d+ ${algorithm} [24] [0-9A-F]+$`))
      for (const line of before) await secure(origin, [line])

      if (more.length > 0) {
        for (const stage of ['publish-zsk', 'retire-zsk', undefined]) {
          await done(['rollover', origin, ...(stage === 'publish-zsk' ? [] : ['--force'])])
          expect((await status(origin)).next?.stage).toBe(stage)
          if (stage === 'publish-zsk') expect((await edgeGslb(['rollover', origin])).stderr).toContain('safe from')
          await secure(origin, before)
        }
      }

      await done(['rollover', origin, '--ksk'])
      const both = await dsOf(origin)
      expect(both).toEqual(expect.arrayContaining(before))
      expect(both).toHaveLength(4)
      const early = await edgeGslb(['rollover', origin])
      expect([early.status, early.stderr]).toEqual([1, expect.stringContaining('--ds-seen')])
      await done(['rollover', origin, '--ds-seen'])
      expect((await edgeGslb(['rollover', origin])).stderr).toContain('the next step is safe from')
      await secure(origin, before)
      await done(['rollover', origin, '--force'])
      const after = both.filter((line) => !before.includes(line))
      await secure(origin, after)
      await done(['rollover', origin, '--force'])
      expect(await dsOf(origin)).toEqual(after)
      await secure(origin, after)
      expect(await status(origin)).toMatchObject({ zone: `${origin}.`, enabled: true, next: null, warnings: [] })
    },
  )

  test('disable tells the parent first, and refuses to be too early', async () => {
    const origin = 'apart.example'
    await done(['enable', origin])
    const ds = await dsOf(origin)
    await secure(origin, ds)
    expect(await done(['disable', origin])).toContain('asks its parent to remove its DS records')
    await until(
      'the delete CDS is there',
      async () => (await delv(origin, origin, 'CDS', ds)).includes('0 0 0 00'),
      400,
    )
    await secure(origin, ds)
    expect((await edgeGslb(['disable', origin])).stderr).toContain('--ds-gone')
    await done(['disable', origin, '--ds-gone'])
    expect((await edgeGslb(['disable', origin])).stderr).toContain('the next step is safe from')
    await done(['disable', origin, '--force'])
    const dig = ['@127.0.0.1', '-p', String(dnsdist.port), '+dnssec', '+short', origin, 'DNSKEY']
    await until('there are no keys any more', async () => (await run('dig', dig)).stdout.trim() === '', 400)
    expect(await status(origin)).toMatchObject({ enabled: false, keys: [], ds: [] })
  })

  test("BIND's keys are imported with the same DS, and exported as BIND reads them", async () => {
    const origin = 'moved.example'
    const keys = join(folder.path, 'bind')
    mkdirSync(keys)
    const keygen = pathOf('dnssec-keygen') ?? 'dnssec-keygen'
    for (const flags of [['-f', 'KSK'], []]) {
      const made = await run(keygen, ['-q', '-a', 'ECDSAP256SHA256', ...flags, '-K', keys, origin])
      if (made.status !== 0) throw new Error(made.stderr)
    }
    const files = readdirSync(keys).filter((name) => name.endsWith('.key'))
    const ksk = files.find((name) => readFileSync(join(keys, name), 'utf8').includes(' 257 ')) ?? ''
    const { stdout } = await run(pathOf('dnssec-dsfromkey') ?? 'dnssec-dsfromkey', ['-2', join(keys, ksk)])
    await done(['import', origin, ...files.map((name) => join(keys, name))])
    const [first] = await dsOf(origin)
    expect(first).toBe(stdout.trim())
    await secure(origin, [first as string])
    expect((await status(origin)).keys.map(({ flags }: { flags: number }) => flags).sort()).toEqual([256, 257])

    const out = join(folder.path, 'exported')
    await done(['export', origin, '--output', out])
    for (const name of files) {
      const [own, theirs] = [out, keys].map((at) => readFileSync(join(at, name), 'utf8').trim().split('\n').at(-1))
      expect(own?.split(' ').slice(-1)[0]).toBe(theirs?.split(/DNSKEY \d+ 3 \d+ /)[1]?.replaceAll(' ', ''))
    }
    // BIND signs with them, and finds its own signatures right.
    const plain = join(folder.path, 'plain.zone')
    writeFileSync(
      plain,
      zone
        .split('\n')
        .filter((line) => !line.includes('LUA'))
        .join('\n'),
    )
    const signer = pathOf('dnssec-signzone') ?? 'dnssec-signzone'
    const folders = ['-d', folder.path, '-K', out]
    const signed = await run(signer, ['-S', ...folders, '-o', origin, '-f', `${plain}.signed`, plain])
    expect([signed.status, signed.stderr]).toEqual([0, expect.anything()])
    const verified = await run(pathOf('dnssec-verify') ?? 'dnssec-verify', ['-o', origin, `${plain}.signed`])
    expect([verified.status, `${verified.stdout}${verified.stderr}`]).toEqual([
      0,
      expect.stringMatching(/ECDSAP256SHA256: KSKs: 1 active/),
    ])
  })

  test('cryptokeys of the API sign, activate, deactivate and delete; no reply has a private key', async () => {
    const origin = 'api.example'
    const path = `${server.url}/api/v1/servers/localhost/zones/${origin}./cryptokeys`
    const replies: string[] = []
    const ask = async (method: string, at: string, body?: object) => {
      const response = await fetch(at, {
        ...{ method, headers: { 'X-API-Key': KEY } },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      replies.push(text)
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    }
    expect(await ask('GET', path)).toEqual({ status: 200, body: [] })
    const made = await ask('POST', path, { keytype: 'csk', active: true, published: true })
    expect(made).toMatchObject({
      status: 201,
      body: {
        type: 'Cryptokey',
        id: 1,
        keytype: 'csk',
        active: true,
        published: true,
        flags: 257,
        algorithm: 'ECDSAP256SHA256',
      },
    })
    const [ds] = made.body.ds as string[]
    await secure(origin, [`${origin}. IN DS ${ds}`])
    expect(await ask('GET', path.replace('/cryptokeys', ''))).toMatchObject({ body: { dnssec: true } })
    const other = await ask('POST', path, { keytype: 'csk', active: false, published: true, algorithm: 'ed25519' })
    expect(await ask('PUT', `${path}/2`, { active: true })).toMatchObject({ status: 204 })
    expect(await ask('PUT', `${path}/1`, { active: false })).toMatchObject({ status: 204 })
    expect((await ask('GET', path)).body).toMatchObject([
      { id: 1, active: false },
      { id: 2, active: true },
    ])
    expect(await ask('PUT', `${path}/2`, { active: false })).toMatchObject({ status: 422 })
    expect(await ask('DELETE', `${path}/1`)).toMatchObject({ status: 204 })
    await secure(origin, [`${origin}. IN DS ${other.body.ds[0]}`])
    expect(JSON.parse(await done(['status', origin, '--json', '--to', server.url]))).toMatchObject([
      { zone: `${origin}.`, enabled: true, keys: [{ id: 2 }] },
    ])
    expect(await ask('DELETE', `${path}/2`)).toMatchObject({ status: 204 })
    expect(await ask('GET', path)).toEqual({ status: 200, body: [] })
    expect(await ask('DELETE', `${path}/2`)).toMatchObject({ status: 404 })
    for (const reply of replies) expect(reply).not.toMatch(/privatekey|wrapped|PrivateKey/)
  })

  test('through the API a zone is signed and rolled over as with local KV', async () => {
    const origin = 'apart.example'
    const to = ['--to', server.url]
    expect(await done(['enable', origin, ...to])).toContain('is signed')
    const ds = (await done(['ds', origin, ...to])).trim().split('\n')
    await secure(origin, ds)
    await done(['rollover', origin, ...to])
    const early = await edgeGslb(['rollover', origin, ...to])
    expect([early.status, early.stderr]).toEqual([1, expect.stringContaining('--ds-seen')])
    await done(['rollover', origin, '--force', ...to])
    await secure(origin, (await done(['ds', origin, ...to])).trim().split('\n').slice(2))
    expect((await edgeGslb(['export', origin, ...to])).stderr).toContain('gives out no private keys')
  })
})

needs('pdns_server')("PowerDNS's keys", () => {
  test('move here and away: the private key and the public key are the same', async () => {
    const at = temporaryFolder()
    try {
      const { changeKeys, exportKeys, dsLines } = await import('../../src/zone-keys/index.ts')
      const facts = {
        ...{
          origin: 'pdns.example',
          now: Date.now(),
          maxTtl: 300,
          propagation: 180,
          secret: SECRET,
          parent: undefined,
        },
      }
      const config = `launch=bind\nbind-config=${at.path}/named.conf\nbind-dnssec-db=${at.path}/keys.db\n`
      writeFileSync(join(at.path, 'pdns.conf'), config)
      writeFileSync(join(at.path, 'z.zone'), zone)
      writeFileSync(join(at.path, 'named.conf'), `zone "pdns.example" { type master; file "${at.path}/z.zone"; };\n`)
      const pdnsutil = async (...args: readonly string[]) => {
        const ran = await run('pdnsutil', [`--config-dir=${at.path}`, ...args])
        if (ran.status !== 0) throw new Error(`pdnsutil ${args.join(' ')}: ${ran.stderr}${ran.stdout}`)
        return ran.stdout
      }
      await pdnsutil('create-bind-db', join(at.path, 'keys.db'))
      for (const [name, algorithm] of [
        ['ecdsa256', 13],
        ['ecdsa384', 14],
        ['ed25519', 15],
      ] as const) {
        await pdnsutil('add-zone-key', 'pdns.example', 'ksk', 'active', name)
        const shown = await pdnsutil('show-zone', 'pdns.example')
        const [, id = ''] = /ID = (\d+)/.exec(shown) ?? []
        const text = await pdnsutil('export-zone-key', 'pdns.example', id)
        const imported = await changeKeys(undefined, { kind: 'import', text }, facts)
        if (!imported.ok || !imported.value.set) throw new Error('the key was refused')
        const { set } = imported.value
        expect(set.keys[0]?.algorithm).toBe(algorithm)
        const [line = ''] = await dsLines(set)
        expect(shown.toLowerCase()).toContain(line.split(' DS ')[1]?.toLowerCase())
        await pdnsutil('remove-zone-key', 'pdns.example', id)
        const files = await exportKeys(set, SECRET, 'powerdns')
        if (!files.ok) throw new Error(files.error)
        const file = join(at.path, 'key')
        writeFileSync(file, files.value[0]?.text ?? '')
        await pdnsutil('import-zone-key', 'pdns.example', file, 'active', 'ksk')
        const again = await pdnsutil('show-zone', 'pdns.example')
        expect(again.toLowerCase()).toContain(line.split(' DS ')[1]?.toLowerCase())
        await pdnsutil('remove-zone-key', 'pdns.example', /ID = (\d+)/.exec(again)?.[1] ?? '')
      }
    } finally {
      at.remove()
    }
  })
})
