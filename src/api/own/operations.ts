import type { ApiEnv } from '../access.ts'
import {
  exactly,
  headerParameter,
  jsonBody,
  jsonReply,
  list,
  noBody,
  type Operation,
  type Parameter,
  pathParameter,
  queryParameter,
  type Reply,
  ref,
  text,
  whole,
} from '../openapi/operation.ts'
import type { ServedOperation } from '../openapi/serve.ts'
import { deleteExpectationsRoute, getExpectationsRoute, putExpectationsRoute } from './expectations.ts'
import { historyRoute, pastRoute, rollbackRoute } from './history.ts'
import { deleteRoute, getRoute, listRoute, putRoute } from './zones.ts'

const ZONE = 'example.com'
const zone = pathParameter('zone', 'the zone, with or without the final dot; a slash is %2F', ZONE)
const reason = headerParameter('X-Reason', 'the reason of the change, for the history')
const ifMatch = headerParameter('If-Match', 'the ETag of the version that the change goes out from')
const ifNoneMatch = headerParameter('If-None-Match', '* for a zone that must not be there yet')
const change: readonly Parameter[] = [zone, ifMatch, reason]
const ETag = { ETag: { description: 'the entity tag of the version', schema: text } }

/** A zone file with one name by chance, and the same zone as a document. */
const ZONE_FILE = `$ORIGIN ${ZONE}.
$TTL 60
@ IN SOA ns hostmaster 2 3600 900 604800 60
@ IN NS ns
ns IN A 192.0.2.53
www IN LUA A "pickwrandom({{1, '192.0.2.1'}, {2, '192.0.2.2'}})"
`
const DOCUMENT = {
  origin: ZONE,
  ttl: 60,
  soa: { mname: 'ns', rname: 'hostmaster', serial: 2, refresh: 3600, retry: 900, expire: 604_800, minimum: 60 },
  records: { '@': { NS: 'ns' }, ns: { A: '192.0.2.53' }, www: { A: ['192.0.2.1'] } },
}
const EXPECTATIONS = [{ name: `ns.${ZONE}`, answer: '192.0.2.53' }]

const zoneBody: NonNullable<Operation['requestBody']> = {
  required: true,
  content: {
    'application/json': { schema: ref('ZoneDocument'), example: DOCUMENT },
    'text/dns': { schema: text, example: ZONE_FILE },
  },
}

const rrsetFilter: readonly Parameter[] = [
  queryParameter('q', 'words that are all in the name, the type or the data', '192.0.2'),
  queryParameter('name', 'one name, whole or relative to the zone', `www.${ZONE}.`),
  queryParameter('type', 'one type', 'A'),
  queryParameter('offset', 'the number of those to leave out at the beginning', '0'),
  queryParameter('limit', 'the number of those to list at most', '50'),
]
/** A part of a list: `found` counts all that the filter lets through. */
const part = { origin: text, serial: whole, found: whole, offset: whole }

const written = (description: string): Reply => jsonReply(description, ref('WrittenZone'), ETag)

const tokenParameter = queryParameter('token', '1 for clients with a token', '1')

/** The suppositions about health that a request may make. */
const supposed: readonly Parameter[] = [
  queryParameter('at', 'the time at which overrides and the age of states are taken', '2026-12-01T12:00:00Z'),
  queryParameter('down', 'targets, checks or datacenters that count as down', ['192.0.2.1:443'], list(text)),
  queryParameter('up', 'as down', ['web'], list(text)),
  queryParameter('health', 'as down and up', ['web/192.0.2.1=down'], list(text)),
]

/**
 * The operations on zones that PowerDNS has no word for. Those that compile or explain load their code with the first
 * request.
 */
export const ownOperations: readonly ServedOperation<ApiEnv>[] = [
  {
    ...{ method: 'get', path: '/api/v1/zones', operationId: 'getZones', tags: ['documents'] },
    answer: listRoute,
    summary: 'the zones that the key may read',
    responses: { 200: jsonReply('the zones', exactly({ zones: list(ref('ListedZone')) })) },
  },
  {
    ...{ method: 'get', path: '/api/v1/zones/{zone}', operationId: 'getZone', tags: ['documents'] },
    answer: getRoute,
    summary: 'a zone as its document, or as a zone file',
    parameters: [zone, headerParameter('If-None-Match', 'the ETag of what the client has')],
    responses: {
      200: {
        description: 'the zone',
        headers: ETag,
        content: { 'application/json': { schema: ref('ZoneDocument') }, 'text/dns': { schema: text } },
      },
      304: noBody('the client has it'),
    },
  },
  {
    ...{ method: 'put', path: '/api/v1/zones/{zone}', operationId: 'writeZone', tags: ['documents'] },
    answer: putRoute,
    summary: 'write a zone, in either form',
    description: 'The reply is sent when the change is durable; `published` is null while KV does not have it.',
    parameters: [...change, ifNoneMatch],
    requestBody: zoneBody,
    responses: { 200: written('a new version'), 201: written('a new zone') },
  },
  {
    ...{ method: 'delete', path: '/api/v1/zones/{zone}', operationId: 'removeZone', tags: ['documents'] },
    answer: deleteRoute,
    summary: 'delete a zone; a roll-back brings it back',
    parameters: change,
    responses: { 204: noBody('the zone is gone') },
  },
  {
    ...{ method: 'post', path: '/api/v1/zones/{zone}/check', operationId: 'checkZone', tags: ['documents'] },
    answer: async (c) => (await import('./check.ts')).checkRoute(c),
    summary: 'say what would be wrong with a zone, and what is suspect; nothing is written',
    parameters: [zone],
    requestBody: zoneBody,
    responses: { 200: jsonReply('what was found', ref('Check')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/zones/{zone}/rrsets', operationId: 'getRrsets', tags: ['documents'] },
    answer: async (c) => (await import('./rrsets.ts')).rrsetsRoute(c),
    summary: 'the rrsets of a zone, filtered, a part at a time',
    parameters: [
      zone,
      ...rrsetFilter,
      queryParameter('steered', 'true for policies alone, false for fixed records', 'false'),
    ],
    responses: { 200: jsonReply('the rrsets', exactly({ ...part, rrsets: list(ref('ListedRrset')) })) },
  },
  {
    ...{ method: 'get', path: '/api/v1/zones/{zone}/policies', operationId: 'getPolicies', tags: ['documents'] },
    answer: async (c) => (await import('./rrsets.ts')).policiesRoute(c),
    summary: 'the policies of a zone as trees, with chances and the present health',
    parameters: [zone, ...rrsetFilter],
    responses: { 200: jsonReply('the policies', exactly({ ...part, policies: list(ref('DrawnPolicy')) })) },
  },
  {
    ...{ method: 'get', path: '/api/v1/zones/{zone}/history', operationId: 'getHistory', tags: ['documents'] },
    answer: historyRoute,
    summary: 'the changes of a zone that are kept, the newest first',
    parameters: [zone],
    responses: { 200: jsonReply('the changes', exactly({ changes: list(ref('Change')) })) },
  },
  {
    ...{ method: 'get', path: '/api/v1/zones/{zone}/history/{id}', operationId: 'getChange', tags: ['documents'] },
    answer: pastRoute,
    summary: 'a change, with the zone before and after it',
    parameters: [zone, pathParameter('id', 'the number of the change', '1')],
    responses: { 200: jsonReply('the change', ref('PastChange')) },
  },
  {
    ...{ method: 'post', path: '/api/v1/zones/{zone}/rollback', operationId: 'rollBack', tags: ['documents'] },
    answer: rollbackRoute,
    summary: 'make a zone what a change left, by a new change',
    parameters: change,
    requestBody: jsonBody(exactly({ to: whole }, { reason: text }), { to: 1, reason: 'as it was' }),
    responses: { 200: written('a new version'), 201: written('the zone is back') },
  },
  {
    ...{
      method: 'get',
      path: '/api/v1/zones/{zone}/expectations',
      operationId: 'getExpectations',
      tags: ['documents'],
    },
    answer: getExpectationsRoute,
    summary: 'the tests beside a zone',
    parameters: [zone],
    responses: { 200: jsonReply('the tests', list(ref('Expectation')), ETag), 304: noBody('the client has them') },
  },
  {
    ...{
      method: 'put',
      path: '/api/v1/zones/{zone}/expectations',
      operationId: 'writeExpectations',
      tags: ['documents'],
    },
    answer: putExpectationsRoute,
    summary: 'set the tests beside a zone, which it has to pass from now on',
    parameters: [zone, reason],
    requestBody: jsonBody(list(ref('Expectation')), EXPECTATIONS),
    responses: { 204: noBody('they hold') },
  },
  {
    ...{ method: 'delete', path: '/api/v1/zones/{zone}/expectations', tags: ['documents'] },
    operationId: 'removeExpectations',
    answer: deleteExpectationsRoute,
    summary: 'remove the tests beside a zone',
    parameters: [zone, reason],
    responses: { 204: noBody('they are gone') },
  },
  {
    ...{ method: 'get', path: '/api/v1/zones/{zone}/dnssec', operationId: 'getDnssec', tags: ['documents'] },
    answer: async (c) => (await import('./dnssec.ts')).dnssecRoute(c),
    summary: 'the keys of a zone, its DS records, the next step of a change, and warnings',
    parameters: [zone],
    responses: { 200: jsonReply('the keys, without private keys', ref('Dnssec')) },
  },
  {
    ...{ method: 'post', path: '/api/v1/zones/{zone}/dnssec', operationId: 'changeDnssec', tags: ['documents'] },
    answer: async (c) => (await import('./dnssec.ts')).changeDnssecRoute(c),
    summary: 'change the keys of a zone: enable, disable, rollover, cancel, import, add, remove',
    description: 'A step that would be too early is 409, with the time from which on it is safe.',
    parameters: [zone],
    requestBody: jsonBody({ type: 'object', required: ['kind'] }, { kind: 'enable' }),
    responses: {
      200: jsonReply(
        'what was done',
        exactly({ told: list(text), published: { type: 'boolean' }, status: ref('Dnssec') }),
      ),
    },
  },
  {
    ...{ method: 'post', path: '/api/v1/overrides/rehearse', operationId: 'rehearseOverride', tags: ['health'] },
    answer: async (c) => (await import('../health/rehearse.ts')).rehearseRoute(c),
    summary: 'what each member of a pool would get with one more override; nothing is written',
    requestBody: jsonBody(ref('Override'), { target: '192.0.2.1', force: 'drained', by: 'ops', why: 'a new disk' }),
    responses: {
      200: jsonReply('the pools that change', exactly({ at: text, pools: list(ref('Rehearsal')) })),
    },
  },
  {
    ...{ method: 'get', path: '/api/v1/traffic', operationId: 'getTraffic', tags: ['health'] },
    answer: async (c) => (await import('../metrics/traffic.ts')).trafficRoute(c),
    summary: 'counts of queries: over time, and by zone, branch and country; 404 where they cannot be read',
    parameters: [queryParameter('hours', 'of so many last hours; 24 if it is left out', 24, whole)],
    responses: { 200: jsonReply('the counts', ref('Traffic')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/explain', operationId: 'explain', tags: ['answers'] },
    answer: async (c) => (await import('./explain.ts')).explainRoute(c),
    summary: 'the answer to a question, each decision with its reason, and all possible answers with their chances',
    parameters: [
      { ...queryParameter('name', 'the name', `www.${ZONE}`), required: true },
      queryParameter('type', 'the type; A by default', 'A'),
      queryParameter('client', 'the address that asks', '192.0.2.7'),
      queryParameter('ecs', 'the Client Subnet option, which then counts as the client', '198.51.100.0/24'),
      queryParameter('country', 'where the connection comes from, as a code', 'DE'),
      queryParameter('token', '1 for a client with a token', '1'),
      ...supposed,
    ],
    responses: { 200: jsonReply('the explanation', ref('Explanation')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/partition', operationId: 'partition', tags: ['answers'] },
    answer: async (c) => (await import('./partition.ts')).partitionRoute(c),
    summary:
      'divide all clients by what they get: networks with their branch, and their answers with the exact chances',
    description:
      'What is too large is 422: a part of the addresses can be asked for by `within`, or networks no longer than `depth`.',
    parameters: [
      { ...queryParameter('name', 'the name', `www.${ZONE}`), required: true },
      queryParameter('type', 'the type; A by default', 'A'),
      queryParameter('within', 'a network: its clients alone', '192.0.2.0/24'),
      queryParameter(
        'depth',
        'the longest prefix: networks of this length with several branches are told as such',
        '16',
      ),
      tokenParameter,
      ...supposed,
    ],
    responses: { 200: jsonReply('the networks', list(ref('Part'))) },
  },
  {
    ...{ method: 'get', path: '/api/v1/places', operationId: 'places', tags: ['answers'] },
    answer: async (c) => (await import('./places.ts')).placesRoute(c),
    summary: 'what a client would get in each country, and, where distance decides, anywhere in the world',
    description: 'A name that takes too long, by the number of its members, is 422.',
    parameters: [
      { ...queryParameter('name', 'the name', `www.${ZONE}`), required: true },
      queryParameter('type', 'the type; A by default', 'A'),
      queryParameter('client', 'the address that asks; 192.0.2.1 by default', '192.0.2.7'),
      tokenParameter,
      ...supposed,
    ],
    responses: { 200: jsonReply('the places', ref('Places')) },
  },
  {
    ...{ method: 'post', path: '/api/v1/plan', operationId: 'plan', tags: ['answers'] },
    answer: async (c) => (await import('./plan.ts')).planRoute(c),
    summary: 'say which clients would get other answers, if zones were written; nothing is written',
    requestBody: jsonBody(
      exactly(
        {
          zones: {
            type: 'object',
            additionalProperties: {
              anyOf: [exactly({ zoneFile: text }), exactly({ document: ref('ZoneDocument') }), { type: 'null' }],
            },
          },
        },
        { health: { enum: ['unprobed', 'current'] }, down: list(text), up: list(text), at: text },
      ),
      { zones: { [ZONE]: { zoneFile: ZONE_FILE }, 'example.net': null }, health: 'current' },
    ),
    responses: { 200: jsonReply('the plan', ref('Plan')) },
  },
]
