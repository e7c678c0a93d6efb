import { atLeast, exactly, flag, list, nullableText, ref, type Schema, text, time, whole } from './operation.ts'

const serial: Schema = { type: 'integer', minimum: 0, maximum: 4_294_967_295 }
const place = { line: { type: 'integer', minimum: 1 }, column: { type: 'integer', minimum: 1 } }
const finding = { ...place, message: text, expected: text }
const change = { id: whole, time, author: text, reason: nullableText, serial, hash: nullableText }
const chance = { probability: nullableText, chance: { type: ['number', 'null'] } }
const record = { name: text, type: text, ttl: whole, data: text }
const plannedRecord = exactly({ data: text, probability: nullableText }, { name: text, type: text })
const plannedEnding = exactly({ status: text, ending: text, probability: nullableText })
const seconds: Schema = { type: ['integer', 'null'], minimum: 0 }
const beforeAfter = (schema: Schema): Schema => exactly({ before: schema, after: schema })

const share = exactly({ state: { enum: ['up', 'down', 'drained'] }, ...chance })
const rehearsed = { before: share, after: share }

/** The shapes that operations share, by name. */
export const schemas: Readonly<Record<string, Schema>> = {
  Problem: exactly(
    { type: text, title: text, status: whole, detail: text, error: text },
    { errors: list(ref('PlacedError')), details: list(text) },
  ),
  Error: { ...atLeast({ error: text }), properties: { error: text, errors: list(text) } },
  PlacedError: { ...exactly(finding, { zone: text, source: { const: 'expectations' } }) },
  ZoneDocument: {
    description: 'https://github.com/edge-gslb/edge-gslb/blob/main/docs/zone.schema.json',
    ...atLeast({
      origin: text,
      ttl: { type: ['integer', 'string'] },
      soa: { type: 'object' },
      records: { type: 'object' },
    }),
  },
  ListedZone: exactly({ origin: text, serial, hash: text, changed: time, author: text, published: time }),
  WrittenZone: exactly({ origin: text, serial, hash: nullableText, published: time }),
  Cryptokey: {
    type: 'object',
    required: ['active', 'algorithm', 'bits', 'dnskey', 'flags', 'id', 'keytype', 'published', 'type'],
    properties: {
      ...{ active: flag, algorithm: text, bits: whole, cds: list(text), dnskey: text, ds: list(text), flags: whole },
      ...{ id: whole, keytype: { enum: ['csk', 'ksk', 'zsk'] }, published: flag, type: { const: 'Cryptokey' } },
    },
  },
  Dnssec: {
    type: 'object',
    required: ['zone', 'enabled', 'keys', 'ds', 'next', 'warnings'],
    properties: {
      ...{ zone: text, enabled: flag, ds: list(text), warnings: list(text) },
      keys: list({
        type: 'object',
        required: ['id', 'tag', 'algorithm', 'flags', 'active', 'published', 'since'],
        properties: {
          id: whole,
          tag: whole,
          algorithm: whole,
          flags: whole,
          active: flag,
          published: flag,
          since: text,
        },
      }),
      next: { type: ['object', 'null'] },
    },
  },
  Check: exactly({
    ok: flag,
    errors: list(ref('PlacedError')),
    warnings: list(exactly({ ...finding, severity: { enum: ['warning', 'advice'] } })),
  }),
  HealthEvent: exactly(
    { event: text, at: text, text },
    {
      ...{ zone: text, check: text, targets: list(text), pool: text, vantage: text, since: text },
      ...{ live: whole, members: whole },
    },
  ),
  HealthHistory: exactly({
    ...{ from: text, to: text },
    changes: list(exactly({ check: text, at: text, state: text }, { by: text })),
    latency: list(exactly({ check: text, vantage: text, at: list(text), ms: list(whole) })),
  }),
  Receiver: exactly(
    {
      ...{ number: whole, zone: nullableText, format: text, url: text, on: list(text), hold: whole },
      ...{ waiting: whole, delivered: whole, failed: whole },
      last: {
        anyOf: [exactly({ at: text, delivered: flag, event: text }, { status: whole, why: text }), { type: 'null' }],
      },
    },
    { problem: text },
  ),
  Change: exactly(change),
  PastChange: exactly({
    ...change,
    published: time,
    before: { anyOf: [ref('ZoneDocument'), { type: 'null' }] },
    after: { anyOf: [ref('ZoneDocument'), { type: 'null' }] },
    diff: { description: 'unified, of the zone files; null if there are too many differences', ...nullableText },
  }),
  Expectation: atLeast({ name: text }),
  Explanation: exactly(
    {
      question: exactly({ name: text, type: text, class: { const: 'IN' } }),
      client: text,
      ecs: nullableText,
      status: text,
      flags: list(text),
      scope: whole,
      scopeNetwork: text,
      ttl: seconds,
      error: nullableText,
      trace: list(atLeast({ step: text })),
      answer: list(exactly(record)),
      authority: list(exactly(record)),
      additional: list(exactly(record)),
      answers: list(exactly({ ...record, ...chance })),
      endings: list(exactly({ ending: text, status: text, ...chance })),
    },
    {
      branch: text,
      signatures: list(
        exactly({
          ...{ name: text, type: text, zone: text },
          keys: list(exactly({ tag: whole, algorithm: whole })),
          ...{ inception: time, expiration: time },
        }),
      ),
    },
  ),
  Places: exactly({
    shares: list(
      exactly(
        { branch: text, answers: list(plannedRecord) },
        { status: list(plannedEnding), several: { const: true } },
      ),
    ),
    countries: { type: ['object', 'null'], additionalProperties: whole },
    grid: { anyOf: [exactly({ step: whole, cells: list(whole) }), { type: 'null' }] },
    spots: list(exactly({ name: text, latitude: { type: 'number' }, longitude: { type: 'number' } })),
  }),
  Part: exactly(
    { prefix: text, branch: text, answers: list(plannedRecord) },
    { status: list(plannedEnding), several: { const: true } },
  ),
  Plan: exactly(
    {
      changes: list(
        exactly(
          {
            name: text,
            type: text,
            change: { enum: ['added', 'removed', 'changed'] },
            networks: list(
              exactly(
                { prefix: text, before: list(plannedRecord), after: list(plannedRecord) },
                {
                  status: beforeAfter(list(plannedEnding)),
                  ttl: beforeAfter(seconds),
                  place: text,
                  byHash: { const: true },
                  moved: { type: 'number', minimum: 0, maximum: 1 },
                },
              ),
            ),
            share: exactly({ ipv4: { type: ['number', 'null'], minimum: 0, maximum: 1 } }),
            ttl: beforeAfter(seconds),
          },
          { health: text, more: whole, cut: { const: true } },
        ),
      ),
      serials: list(
        exactly({ zone: text, before: { type: ['integer', 'null'] }, after: { type: ['integer', 'null'] } }),
      ),
      cut: flag,
    },
    { access: list(exactly({ zone: text, before: text, after: text })) },
  ),
  Health: atLeast({
    now: text,
    vantages: list({ type: 'object' }),
    overrides: list({ type: 'object' }),
    targets: list({ type: 'object' }),
    guards: list(
      atLeast({ zone: text, share: { type: 'number' }, within: whole, for: whole, least: whole, holding: flag }),
    ),
    zones: list(atLeast({ origin: text, serial })),
    dnssec: list(exactly({ zone: text, isBroken: flag, warnings: list(text) })),
    pools: list(atLeast({ zone: text, pool: text, members: whole, live: whole, up: flag })),
    complete: flag,
    problems: list(text),
    refused: list(exactly({ origin: text, why: text, since: text })),
    notifications: list(ref('Receiver')),
    aliases: list(exactly({ name: text, type: { enum: ['A', 'AAAA'] }, why: text, since: text, isServed: flag })),
  }),
  Override: exactly(
    { force: { enum: ['up', 'down', 'drained', 'weight', 'resume'] }, by: text, why: text },
    {
      ...{ check: text, target: text, pool: text, datacenter: text, weight: whole, from: text, until: text },
      every: exactly({ at: text, for: text, zone: text }, { days: list(text) }),
    },
  ),
  Traffic: exactly({
    ...{ hours: whole, step: whole, series: list(exactly({ at: text, queries: whole })) },
    zones: list(exactly({ zone: text, rcode: text, queries: whole })),
    branches: list(exactly({ rrset: text, branch: text, queries: whole })),
    countries: list(exactly({ country: text, queries: whole })),
  }),
  Deployment: exactly({
    ...{ version: text, platform: { enum: ['edge', 'workerd'] }, plan: { enum: ['free', 'paid'] } },
    bindings: list(exactly({ name: text, bound: flag, needed: flag, purpose: text })),
    secrets: list(exactly({ name: text, set: flag, purpose: text })),
    variables: list(exactly({ name: text, value: text })),
    limits: exactly({ probesPerRound: whole, kvWritesPerDay: whole }),
    agents: list(text),
    places: {
      anyOf: [
        { type: 'null' },
        exactly({ put: text, bytes: whole, sources: list(text), fields: list(text) }),
        exactly({ problem: text }),
      ],
    },
    problems: list(text),
  }),
  Rehearsal: exactly({
    ...{ pool: text, emptied: flag },
    members: list(exactly({ name: text, ...rehearsed })),
  }),
  Key: exactly({ id: text, name: text, scopes: list(text) }, { created: text, ends: text }),
  RRSet: exactly(
    {
      name: text,
      type: text,
      ttl: whole,
      records: list(exactly({ content: text, disabled: flag }, { modified_at: whole })),
      comments: list(exactly({ content: text, account: text, modified_at: whole })),
    },
    {},
  ),
  ListedZoneInfo: atLeast({
    ...{ id: text, name: text, url: text, kind: text, serial, notified_serial: serial, edited_serial: serial },
    ...{ masters: list(text), dnssec: flag, account: text, catalog: text, last_check: whole },
  }),
  Zone: atLeast({
    ...{
      id: text,
      name: text,
      url: text,
      kind: text,
      serial,
      notified_serial: serial,
      edited_serial: serial,
    },
    ...{ masters: list(text), dnssec: flag, account: text, soa_edit_api: text, rrsets: list(ref('RRSet')) },
  }),
  Metadata: exactly({ kind: text, metadata: list(text), type: { const: 'Metadata' } }),
  Server: atLeast({
    id: text,
    type: { const: 'Server' },
    daemon_type: text,
    version: text,
    url: text,
    zones_url: text,
  }),
}
