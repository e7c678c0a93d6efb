import {
  atLeast,
  exactly,
  jsonBody,
  jsonReply,
  list,
  noBody,
  type Operation,
  pathParameter,
  queryParameter,
  type Reply,
  ref,
  type Schema,
  text,
  whole,
} from './operation.ts'

const SERVER = '/api/v1/servers/{server_id}'
const ZONE = `${SERVER}/zones/{zone_id}`
const server = pathParameter('server_id', 'the only server', 'localhost')
const zone = pathParameter('zone_id', 'the zone; other characters than letters, digits, - and . as =2F', 'example.com.')
const kind = pathParameter('metadata_kind', 'the kind of metadata', 'X-Owner')
const boolean: Schema = { enum: ['true', 'false'] }

const RRSET = {
  name: 'api.example.com.',
  type: 'LUA',
  changetype: 'REPLACE',
  ttl: 60,
  records: [{ content: `A "pickwrandom({{1, '192.0.2.1'}, {2, '192.0.2.2'}})"`, disabled: false }],
  comments: [],
}
const rrsets = { rrsets: list(atLeast({ name: text, type: text })) }

type Given = Pick<Operation, 'method' | 'operationId' | 'tags' | 'summary' | 'responses'> &
  Partial<Pick<Operation, 'parameters' | 'requestBody'>>

const at = (path: string, ...operations: readonly Given[]): readonly Operation[] => {
  const own = [...(path.includes('{server_id}') ? [server] : []), ...(path.includes('{zone_id}') ? [zone] : [])]
  return operations.map((operation) => ({
    ...operation,
    path,
    ...(own.length + (operation.parameters?.length ?? 0) > 0 && {
      parameters: [...own, ...(operation.parameters ?? [])],
    }),
  }))
}

const result = jsonReply('done', exactly({ result: text }))
const refused = (description: string): Reply => jsonReply(description, ref('Error'))

const NOT_FOUND = refused('there is none')
const metadata = jsonReply('the metadata', ref('Metadata'))

/** PowerDNS's HTTP API as far as it is here, by its operation ids, which clients are built from. */
export const powerdnsOperations: readonly Operation[] = [
  ...at('/api', {
    ...{ method: 'get', operationId: 'listApis', tags: ['servers'], summary: 'the versions of the API' },
    responses: { 200: jsonReply('the versions', list(exactly({ url: text, version: whole }))) },
  }),
  ...at('/api/v1', {
    ...{ method: 'get', operationId: 'describeApi', tags: ['servers'], summary: 'where the servers are' },
    responses: { 200: jsonReply('one entry', list(atLeast({ server_url: text }))) },
  }),
  ...at('/api/v1/servers', {
    ...{ method: 'get', operationId: 'listServers', tags: ['servers'], summary: 'all servers' },
    responses: { 200: jsonReply('the only one', list(ref('Server'))) },
  }),
  ...at(SERVER, {
    ...{ method: 'get', operationId: 'listServer', tags: ['servers'], summary: 'a server' },
    responses: { 200: jsonReply('the server', ref('Server')) },
  }),
  ...at(`${SERVER}/config`, {
    ...{ method: 'get', operationId: 'getConfig', tags: ['servers'], summary: 'settings that clients ask for' },
    responses: { 200: jsonReply('the settings', list(exactly({ name: text, type: text, value: text }))) },
  }),
  ...at(`${SERVER}/statistics`, {
    ...{ method: 'get', operationId: 'getStats', tags: ['servers'], summary: 'counters of this isolate' },
    parameters: [queryParameter('statistic', 'one of them', 'uptime')],
    responses: { 200: jsonReply('the counters', list(atLeast({ name: text, type: text }))) },
  }),
  ...at(`${SERVER}/search-data`, {
    ...{ method: 'get', operationId: 'searchData', tags: ['servers'], summary: 'find zones, records and comments' },
    parameters: [
      { ...queryParameter('q', 'a text with * and ?', '*example*'), required: true },
      queryParameter('max', 'the most results', 10, whole),
      queryParameter('object_type', 'what to find', 'all', { enum: ['all', 'zone', 'record', 'comment'] }),
    ],
    responses: { 200: jsonReply('what was found', list(atLeast({ name: text, object_type: text, zone_id: text }))) },
  }),
  ...at(`${SERVER}/cache/flush`, {
    ...{
      method: 'put',
      operationId: 'cacheFlushByName',
      tags: ['servers'],
      summary: 'a harmless answer: nothing is cached',
    },
    parameters: [{ ...queryParameter('domain', 'a name', 'example.com.'), required: true }],
    responses: { 200: jsonReply('done', exactly({ count: whole, result: text })) },
  }),
  ...at(
    `${SERVER}/zones`,
    {
      ...{ method: 'get', operationId: 'listZones', tags: ['zones'], summary: 'all zones that the key may read' },
      parameters: [queryParameter('zone', 'this one alone'), queryParameter('dnssec', 'ignored', undefined, boolean)],
      responses: { 200: jsonReply('the zones', list(ref('ListedZoneInfo'))) },
    },
    {
      ...{ method: 'post', operationId: 'createZone', tags: ['zones'], summary: 'create a zone' },
      parameters: [queryParameter('rrsets', 'false leaves the rrsets out of the reply', undefined, boolean)],
      requestBody: jsonBody(atLeast({ name: text, kind: text }), {
        ...{ name: 'example.org.', kind: 'Native', nameservers: ['ns.example.net.'] },
      }),
      responses: { 201: jsonReply('the zone', ref('Zone')) },
    },
  ),
  ...at(
    ZONE,
    {
      ...{ method: 'get', operationId: 'listZone', tags: ['zones'], summary: 'a zone with its rrsets' },
      parameters: [
        queryParameter('rrsets', 'false leaves the rrsets out', undefined, boolean),
        queryParameter('rrset_name', 'the rrsets of this name alone'),
        queryParameter('rrset_type', 'with rrset_name, those of this type alone'),
        queryParameter('include_disabled', 'false leaves disabled records out', undefined, boolean),
      ],
      responses: { 200: jsonReply('the zone', ref('Zone')) },
    },
    {
      ...{ method: 'patch', operationId: 'patchZone', tags: ['zones'], summary: 'change rrsets: all, or nothing' },
      requestBody: jsonBody(atLeast(rrsets), { rrsets: [RRSET] }),
      responses: { 204: noBody('changed') },
    },
    {
      ...{
        method: 'put',
        operationId: 'putZone',
        tags: ['zones'],
        summary: 'change the settings of a zone, or all of it',
      },
      requestBody: jsonBody({ type: 'object' }, { kind: 'Native', account: 'ops', soa_edit_api: 'INCREASE' }),
      responses: { 204: noBody('changed') },
    },
    {
      ...{ method: 'delete', operationId: 'deleteZone', tags: ['zones'], summary: 'delete a zone' },
      responses: { 204: noBody('the zone is gone') },
    },
  ),
  ...at(`${ZONE}/export`, {
    ...{ method: 'get', operationId: 'axfrExportZone', tags: ['zones'], summary: 'a zone as a master file' },
    responses: {
      200: {
        description: 'the records, tab separated',
        content: { 'text/plain': { schema: text }, 'application/json': { schema: exactly({ zone: text }) } },
      },
    },
  }),
  ...at(`${ZONE}/notify`, {
    ...{ method: 'put', operationId: 'notifyZone', tags: ['zones'], summary: 'a harmless answer: nobody is notified' },
    responses: { 200: result },
  }),
  ...at(`${ZONE}/rectify`, {
    ...{
      method: 'put',
      operationId: 'rectifyZone',
      tags: ['zones'],
      summary: 'a harmless answer: nothing is to be done',
    },
    responses: { 200: result },
  }),
  ...at(`${ZONE}/axfr-retrieve`, {
    ...{
      method: 'put',
      operationId: 'axfrRetrieveZone',
      tags: ['zones'],
      summary: 'refused: there are no secondary zones',
    },
    responses: { 422: refused('not a secondary zone') },
  }),
  ...at(
    `${ZONE}/metadata`,
    {
      ...{ method: 'get', operationId: 'listMetadata', tags: ['zonemetadata'], summary: 'all metadata of a zone' },
      responses: { 200: jsonReply('the metadata', list(ref('Metadata'))) },
    },
    {
      ...{
        method: 'post',
        operationId: 'createMetadata',
        tags: ['zonemetadata'],
        summary: 'add to the metadata of a kind',
      },
      requestBody: jsonBody(atLeast({ kind: text, metadata: list(text) }), { kind: 'X-Owner', metadata: ['ops'] }),
      responses: { 201: metadata },
    },
  ),
  ...at(
    `${ZONE}/metadata/{metadata_kind}`,
    {
      ...{ method: 'get', operationId: 'getMetadata', tags: ['zonemetadata'], summary: 'the metadata of a kind' },
      ...{ parameters: [kind], responses: { 200: metadata } },
    },
    {
      ...{
        method: 'put',
        operationId: 'modifyMetadata',
        tags: ['zonemetadata'],
        summary: 'replace the metadata of a kind',
      },
      parameters: [kind],
      requestBody: jsonBody(atLeast({ metadata: list(text) }), { metadata: ['ops'] }),
      responses: { 200: metadata },
    },
    {
      ...{
        method: 'delete',
        operationId: 'deleteMetadata',
        tags: ['zonemetadata'],
        summary: 'remove the metadata of a kind',
      },
      ...{ parameters: [kind], responses: { 204: noBody('removed') } },
    },
  ),
  ...cryptokeys(),
  ...tsigkeys(),
  ...autoprimaries(),
  ...views(),
]

function cryptokeys(): readonly Operation[] {
  const tags = ['zonecryptokey'] as const
  const id = pathParameter('cryptokey_id', 'the number of the key', '1')
  return [
    ...at(
      `${ZONE}/cryptokeys`,
      {
        ...{ method: 'get', operationId: 'listCryptokeys', tags, summary: 'the keys of a zone' },
        responses: { 200: jsonReply('the keys', list(ref('Cryptokey'))) },
      },
      {
        ...{ method: 'post', operationId: 'createCryptokey', tags, summary: 'make a key, or import one' },
        requestBody: jsonBody({ type: 'object' }, { keytype: 'csk', active: true }),
        responses: {
          201: jsonReply('the key, without its private key', ref('Cryptokey')),
          422: refused('no such key, or no DNSSEC_SECRET'),
        },
      },
    ),
    ...at(
      `${ZONE}/cryptokeys/{cryptokey_id}`,
      {
        ...{ method: 'get', operationId: 'getCryptokey', tags, summary: 'a key, without its private key' },
        ...{ parameters: [id], responses: { 200: jsonReply('the key', ref('Cryptokey')), 404: NOT_FOUND } },
      },
      {
        ...{
          method: 'put',
          operationId: 'modifyCryptokey',
          tags,
          summary: 'activate, deactivate, publish or hide a key',
        },
        ...{ parameters: [id], requestBody: jsonBody({ type: 'object' }, { active: true, published: true }) },
        responses: { 204: noBody('the key is so'), 404: NOT_FOUND },
      },
      {
        ...{
          method: 'delete',
          operationId: 'deleteCryptokey',
          tags,
          summary: 'delete a key; the last one makes the zone unsigned',
        },
        ...{ parameters: [id], responses: { 204: noBody('the key is gone'), 404: NOT_FOUND } },
      },
    ),
  ]
}

function tsigkeys(): readonly Operation[] {
  const tags = ['tsigkey'] as const
  const id = pathParameter('tsigkey_id', 'the name of the key', 'transfer.')
  return [
    ...at(
      `${SERVER}/tsigkeys`,
      {
        ...{ method: 'get', operationId: 'listTSIGKeys', tags, summary: 'none: zones are not transferred' },
        responses: { 200: jsonReply('an empty list', list({ type: 'object' })) },
      },
      {
        ...{ method: 'post', operationId: 'createTSIGKey', tags, summary: 'refused: zones are not transferred' },
        requestBody: jsonBody({ type: 'object' }, { name: 'transfer', algorithm: 'hmac-sha256' }),
        responses: { 422: refused('zones are not transferred') },
      },
    ),
    ...at(
      `${SERVER}/tsigkeys/{tsigkey_id}`,
      ...(['get', 'put', 'delete'] as const).map((method) => ({
        ...{ method, operationId: `${method}TSIGKey`, tags, summary: 'there is none' },
        ...{ parameters: [id], responses: { 404: NOT_FOUND } },
      })),
    ),
  ]
}

function autoprimaries(): readonly Operation[] {
  const tags = ['autoprimary'] as const
  return [
    ...at(
      `${SERVER}/autoprimaries`,
      {
        ...{ method: 'get', operationId: 'getAutoprimaries', tags, summary: 'none: zones are not transferred' },
        responses: { 200: jsonReply('an empty list', list({ type: 'object' })) },
      },
      {
        ...{ method: 'post', operationId: 'createAutoprimary', tags, summary: 'refused: zones are not transferred' },
        requestBody: jsonBody({ type: 'object' }, { ip: '192.0.2.1', nameserver: 'ns.example.net', account: '' }),
        responses: { 422: refused('zones are not transferred') },
      },
    ),
    ...at(`${SERVER}/autoprimaries/{ip}/{nameserver}`, {
      ...{ method: 'delete', operationId: 'deleteAutoprimary', tags, summary: 'there is none' },
      parameters: [
        pathParameter('ip', 'its address', '192.0.2.1'),
        pathParameter('nameserver', 'its name', 'ns.example.net'),
      ],
      responses: { 404: NOT_FOUND },
    }),
  ]
}

function views(): readonly Operation[] {
  const tags = ['views'] as const
  const view = pathParameter('view', 'the view', 'internal')
  const network = [
    pathParameter('ip', 'the address of a network', '192.0.2.0'),
    pathParameter('prefixlen', 'its length', '24'),
  ]
  return [
    ...at(`${SERVER}/views`, {
      ...{ method: 'get', operationId: 'listViews', tags, summary: 'none: LUA records choose by network' },
      responses: { 200: jsonReply('an empty list', exactly({ views: list(text) })) },
    }),
    ...at(
      `${SERVER}/views/{view}`,
      {
        ...{ method: 'get', operationId: 'listView', tags, summary: 'there is none' },
        ...{ parameters: [view], responses: { 404: NOT_FOUND } },
      },
      {
        ...{ method: 'post', operationId: 'addZoneToView', tags, summary: 'refused: there are no views' },
        ...{ parameters: [view], requestBody: jsonBody({ type: 'object' }, { name: 'example.com..internal' }) },
        responses: { 422: refused('there are no views') },
      },
    ),
    ...at(`${SERVER}/views/{view}/{id}`, {
      ...{ method: 'delete', operationId: 'removeZoneFromView', tags, summary: 'there is none' },
      parameters: [view, pathParameter('id', 'the variant', 'example.com..internal')],
      responses: { 404: NOT_FOUND },
    }),
    ...at(`${SERVER}/networks`, {
      ...{ method: 'get', operationId: 'listNetworks', tags, summary: 'none: LUA records choose by network' },
      responses: { 200: jsonReply('an empty list', exactly({ networks: list({ type: 'object' }) })) },
    }),
    ...at(
      `${SERVER}/networks/{ip}/{prefixlen}`,
      {
        ...{ method: 'get', operationId: 'getNetwork', tags, summary: 'there is none' },
        ...{ parameters: network, responses: { 404: NOT_FOUND } },
      },
      {
        ...{ method: 'put', operationId: 'setNetwork', tags, summary: 'refused: there are no views' },
        ...{ parameters: network, requestBody: jsonBody({ type: 'object' }, { view: 'internal' }) },
        responses: { 422: refused('there are no views') },
      },
    ),
  ]
}
