import type { ApiClient, Rrset, ShownZone } from './api-client.ts'

/** An rrset as a client wants it. */
export type Wish = {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly contents: readonly string[]
}

/** A client that makes a zone what it wants: it reads, compares, and sends the difference in its own form. */
export type SyncClient = {
  readonly name: string
  /** Returns the number of writes: none if what it reads is what it wants. */
  sync(api: ApiClient, zone: string, wishes: readonly Wish[]): Promise<number>
}

type Difference = {
  readonly created: readonly Wish[]
  readonly updated: readonly Wish[]
  readonly deleted: readonly Rrset[]
}

/** Compares contents as texts, as these clients do. The SOA is not theirs. */
function differenceOf({ rrsets }: ShownZone, wishes: readonly Wish[]): Difference {
  const keyOf = ({ name, type }: { readonly name: string; readonly type: string }) => `${name} ${type}`
  const read = new Map(rrsets.filter(({ type }) => type !== 'SOA').map((rrset) => [keyOf(rrset), rrset]))
  const isSame = (wish: Wish, rrset: Rrset): boolean =>
    wish.ttl === rrset.ttl &&
    wish.contents.toSorted().join('\n') ===
      rrset.records
        .map(({ content }) => content)
        .sort()
        .join('\n')
  const wanted = new Set(wishes.map(keyOf))
  return {
    created: wishes.filter((wish) => !read.has(keyOf(wish))),
    updated: wishes.filter((wish) => {
      const rrset = read.get(keyOf(wish))
      return rrset !== undefined && !isSame(wish, rrset)
    }),
    deleted: [...read.values()].filter((rrset) => !wanted.has(keyOf(rrset))),
  }
}

const recordsOf = ({ contents }: Wish, more: object = {}) =>
  contents.map((content) => ({ content, disabled: false, ...more }))

const replaced = (wish: Wish, more: object = {}, ofRecord: object = {}) => ({
  ...{ name: wish.name, type: wish.type, ttl: wish.ttl, changetype: 'REPLACE' },
  records: recordsOf(wish, ofRecord),
  ...more,
})

/** Sends bodies that have rrsets, each in its own PATCH. */
async function sendAll(api: ApiClient, zone: string, ...bodies: readonly { rrsets: readonly object[] }[]) {
  const sent = bodies.filter(({ rrsets }) => rrsets.length > 0)
  for (const body of sent) await api.must(204, 'PATCH', `Z/${zone}`, body)
  return sent.length
}

/** The text beside each name that external-dns owns. A CNAME has it at a name of its own. */
const OWNED = '"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/default/web"'

/** The types that external-dns manages. */
const MANAGED: readonly string[] = ['A', 'AAAA', 'ALIAS', 'CNAME', 'TXT']

/**
 * Lists the zones, and never makes one. It owns the names that have its TXT, and leaves the others alone; creations,
 * updates and deletions have a PATCH each.
 */
export const externalDns: SyncClient = {
  name: 'external-dns',
  async sync(api, zone, wishes) {
    const { body } = await api.must(200, 'GET', 'Z', undefined, { Accept: 'application/json' })
    const listed = (body as readonly ShownZone[]).find(({ name }) => name === zone)
    if (!listed) throw new Error(`${zone} is not in the list`)
    const read = await api.zone(listed.id)
    const marks = read.rrsets.filter(({ type, records }) => type === 'TXT' && records[0]?.content === OWNED)
    const owned = new Set(marks.map(({ name }) => name))
    const nameOfMark = ({ name, type }: Pick<Wish, 'name' | 'type'>): string =>
      type === 'CNAME' ? `cname-${name}` : name
    const mark = (wish: Wish): Wish => ({ ...wish, name: nameOfMark(wish), type: 'TXT', contents: [OWNED] })
    const { created, updated, deleted } = differenceOf(read, [...wishes, ...wishes.map(mark)])
    const gone = deleted.filter((rrset) => MANAGED.includes(rrset.type) && owned.has(nameOfMark(rrset)))
    return await sendAll(
      api,
      listed.id,
      { rrsets: created.map((wish) => replaced(wish)) },
      { rrsets: updated.map((wish) => replaced(wish)) },
      { rrsets: gone.map(({ name, type }) => ({ name, type, changetype: 'DELETE', records: null })) },
    )
  },
}

/** Reads the version, makes a zone that is 404, and sends deletions in full before replacements, in one PATCH. */
export const octoDns: SyncClient = {
  name: 'octoDNS',
  async sync(api, zone, wishes) {
    const { body } = await api.must(200, 'GET', '/api/v1/servers/localhost')
    const [first = '', second = '', third = ''] = (body as { readonly version: string }).version.split('.')
    if (![first, second, Number.parseInt(third, 10)].every((part) => Number.isInteger(Number(part)))) {
      throw new Error('the version is not three numbers')
    }
    if (wishes.some(({ type }) => type === 'LUA')) await expectLua(api)
    const id = zone.replaceAll('/', '=2F')
    const read = await api.call('GET', `Z/${id}`)
    if (read.status === 404) {
      const rrsets = wishes.map((wish) => replaced(wish, { comments: [] }))
      const settings = { kind: 'native', masters: [], nameservers: [], soa_edit_api: 'INCEPTION-INCREMENT' }
      await api.must(201, 'POST', 'Z', { name: zone, ...settings, rrsets })
      return 1
    }
    const { created, updated, deleted } = differenceOf(read.body as ShownZone, wishes)
    const rrsets = [
      ...deleted.map((rrset) => ({ ...rrset, changetype: 'DELETE' })),
      ...[...created, ...updated].map((wish) => replaced(wish, { comments: [] })),
    ]
    const sent = await sendAll(api, id, { rrsets })
    if (sent > 0) await api.must(200, 'PUT', `Z/${id}/notify`)
    return sent
  },
}

/** octoDNS asks the settings once before it writes dynamic records. */
async function expectLua(api: ApiClient): Promise<void> {
  const { body } = await api.must(200, 'GET', '/api/v1/servers/localhost/config')
  const settings = body as readonly { readonly name: string; readonly value: string }[]
  const isOn = settings.some(({ name, value }) => name === 'enable-lua-records' && value !== 'no')
  if (!isOn) throw new Error('LUA records are off')
}

/** Makes a zone that is 404; two PATCHes, first all deletions, with nulls. */
export const dnscontrol: SyncClient = {
  name: 'dnscontrol',
  async sync(api, zone, wishes) {
    const read = await api.call('GET', `Z/${zone}`)
    if (read.status === 404) {
      const nameservers = wishes.filter(({ type }) => type === 'NS').flatMap(({ contents }) => contents)
      const empty = { id: '', type: 'Zone', url: '', serial: 0, rrsets: null, masters: null }
      await api.must(201, 'POST', 'Z', { ...empty, name: zone, kind: 'Native', soa_edit_api: '', nameservers })
    } else if (read.headers.get('content-type') !== 'application/json') throw new Error('not application/json exactly')
    const { created, updated, deleted } = differenceOf(await api.zone(zone), wishes)
    const zoneMembers = { name: '', type: '', nameservers: [] }
    const gone = deleted.map(({ name, type }) => ({ name, type, ttl: 0, records: null, comments: null }))
    return await sendAll(
      api,
      zone,
      { ...zoneMembers, rrsets: gone.map((rrset) => ({ ...rrset, changetype: 'DELETE' })) },
      {
        ...zoneMembers,
        rrsets: [...created, ...updated].map((wish) => replaced(wish, { comments: null }, { 'set-ptr': false })),
      },
    )
  },
}

/** One resource for each rrset, ten at once; each is looked for in the whole zone afterwards. */
export const terraform: SyncClient = {
  name: 'Terraform',
  async sync(api, zone, wishes) {
    await api.must(200, 'GET', '/api/v1/servers')
    const read = await api.call('GET', `Z/${zone}`)
    if (read.status === 404) {
      const settings = { kind: 'Native', dnsssec: false, serial: 0, rrsets: null, masters: [], account: 'admin' }
      const nameservers = wishes.filter(({ type }) => type === 'NS').flatMap(({ contents }) => contents)
      await api.must(201, 'POST', 'Z', {
        id: '',
        name: zone,
        url: '',
        nameservers,
        soa_edit_api: 'DEFAULT',
        ...settings,
      })
    }
    const { created, updated, deleted } = differenceOf(await api.zone(zone), wishes)
    const left = [
      ...deleted.map(({ name, type }) => ({ name, type, changetype: 'DELETE', ttl: 0, records: null })),
      ...[...created, ...updated].map((wish) => {
        const { name, type, ttl } = wish
        return replaced(wish, {}, { name, type, ttl, 'set-ptr': false })
      }),
    ]
    const writes = left.length
    const resource = async (): Promise<void> => {
      for (let rrset = left.shift(); rrset; rrset = left.shift()) {
        const { name, type, changetype } = rrset
        await api.patch(zone, rrset)
        const { body } = await api.must(200, 'GET', `Z/${zone}?rrsets=true`)
        const found = (body as ShownZone).rrsets.some((other) => other.name === name && other.type === type)
        if (found !== (changetype === 'REPLACE')) throw new Error(`${name} ${type} is ${found ? '' : 'not '}there`)
      }
    }
    await Promise.all(Array.from({ length: 10 }, resource))
    return writes
  },
}

/** Finds its zone in a list of exactly one, and sends a PATCH for each rrset. */
export const caddy: SyncClient = {
  name: 'Caddy (libdns)',
  async sync(api, zone, wishes) {
    const { body } = await api.must(200, 'GET', `Z?zone=${zone}`)
    const [listed, ...others] = body as readonly ShownZone[]
    if (!listed || others.length > 0) throw new Error('expected a list of one zone')
    const { created, updated, deleted } = differenceOf(await api.zone(listed.id), wishes)
    return await sendAll(
      api,
      listed.id,
      ...deleted.map(({ name, type }) => ({
        rrsets: [{ name, type, ttl: 0, changetype: 'DELETE', records: null, comments: null }],
      })),
      ...[...created, ...updated].map((wish) => ({ rrsets: [replaced(wish, { comments: null })] })),
    )
  },
}

/** Waits for the server, reads each rrset alone before it writes it, and signs with a comment. */
export const operator: SyncClient = {
  name: 'PowerDNS-Operator',
  async sync(api, zone, wishes) {
    await api.must(200, 'GET', '/api/v1/servers/localhost')
    const read = await api.call('GET', `Z/${zone}`)
    if (read.status === 404)
      await api.must(201, 'POST', 'Z', { name: zone, kind: 'Native', nameservers: ['ns1.example.net.'] })
    else await api.must(204, 'PUT', `Z/${zone}`, { name: zone, kind: 'Native', soa_edit_api: 'DEFAULT' })
    // An rrset is a resource of its own: one that is to go has to go before a CNAME takes its name.
    const { deleted } = differenceOf(await api.zone(zone), wishes)
    const gone = deleted.map(({ name, type }) => ({ rrsets: [{ name, type, changetype: 'DELETE' }] }))
    let writes = await sendAll(api, zone, ...gone)
    for (const wish of wishes) {
      const { name, type } = wish
      const found = await api.must(200, 'GET', `Z/${zone}?rrset_name=${encodeURIComponent(name)}&rrset_type=${type}`)
      const { created, updated } = differenceOf(found.body as ShownZone, [wish])
      if (created.length + updated.length === 0) continue
      const comments = [{ content: 'kept by the operator', account: 'ops' }]
      await api.patch(zone, replaced(wish, { comments }))
      writes++
    }
    return writes
  },
}
