/**
 * Calls of PowerDNS's API as real clients make them, as data: the tests run them against PowerDNS 4.7.3 and against us.
 * In paths, `S` stands for `/api/v1/servers/localhost` and `Z` for `/api/v1/servers/localhost/zones`.
 */

export type Call = {
  readonly request: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly text?: string
  readonly status: number
  /** The least that the body has. Lists are compared whole. */
  readonly has?: unknown
  /**
   * The difference of PowerDNS 4.7.3, and the reason for ours: its status if that is another, else the body.
   * `mayAgree`: both can be the same by chance.
   */
  readonly pdns?: { readonly status?: number; readonly why: string; readonly mayAgree?: true }
}

/** Calls after each other, on zones of their own. */
export type Story = { readonly title: string; readonly calls: readonly Call[] }

type Rrset = Readonly<Record<string, unknown>>

const records = (...contents: readonly string[]) => contents.map((content) => ({ content, disabled: false }))

/** An rrset as most clients send it. */
const replace = (name: string, type: string, ttl: number, ...contents: readonly string[]): Rrset => ({
  name,
  type,
  ttl,
  changetype: 'REPLACE',
  records: records(...contents),
})

/** An rrset as it is read. */
const shown = (name: string, type: string, ttl: number, ...contents: readonly string[]): Rrset => ({
  comments: [],
  name,
  records: records(...contents),
  ttl,
  type,
})

const deleted = (name: string, type: string): Rrset => ({ name, type, changetype: 'DELETE' })

const patch = (zone: string, rrsets: readonly unknown[], status = 204, more: Partial<Call> = {}): Call => ({
  request: `PATCH Z/${zone}`,
  body: { rrsets },
  status,
  ...more,
})

/** Creates a zone with a fixed SOA, so that nothing in it depends on the date. */
const create = (zone: string, ...rrsets: readonly unknown[]): Call => ({
  request: 'POST Z',
  body: {
    name: zone,
    kind: 'Native',
    soa_edit_api: 'INCREASE',
    rrsets: [
      { name: zone, type: 'SOA', ttl: 3600, records: records(`ns.${zone} root.${zone} 1 10800 3600 604800 3600`) },
      { name: zone, type: 'NS', ttl: 3600, records: records(`ns.${zone}`) },
      ...rrsets,
    ],
  },
  status: 201,
})

const refused = { error: /./ }

const UNKNOWN_RULE = 'a rule that nobody knows counts as DEFAULT: PowerDNS 4.7.3 leaves the serial at 0 for ever'
const NO_EFFECT = 'a change without effect raises no serial'
const NO_FAULT = 'a mistake of the client is 4xx, and never a fault of the server'
const NEWER = (version: string): string => `PowerDNS has it since ${version}`

export const STORIES: readonly Story[] = [
  {
    title: 'discovery',
    calls: [
      { request: 'GET /api', status: 200, has: [{ url: '/api/v1', version: 1 }] },
      { request: 'GET /api/v1', status: 200, has: [{ api_features: [], server_url: '/api/v1/servers{/server}' }] },
      {
        request: 'GET /api/v1/servers',
        status: 200,
        has: [{ id: 'localhost', type: 'Server', daemon_type: 'authoritative' }],
        pdns: { why: 'the version is ours' },
      },
      {
        request: 'GET S',
        status: 200,
        has: {
          type: 'Server',
          id: 'localhost',
          url: '/api/v1/servers/localhost',
          version: /^\d+\.\d+\.\d+-edge-gslb/,
          zones_url: '/api/v1/servers/localhost/zones{/zone}',
          config_url: '/api/v1/servers/localhost/config{/config_setting}',
          autoprimaries_url: '/api/v1/servers/localhost/autoprimaries{/autoprimary}',
        },
        pdns: { why: 'the version is ours' },
      },
      { request: 'GET /api/v1/servers/other', status: 404, has: refused },
      { request: 'GET /api/v1/servers/other/zones', status: 404, has: refused },
      { request: 'GET S/config', status: 200, pdns: { why: 'the settings are ours' } },
      {
        request: 'GET S/config/launch',
        status: 404,
        has: refused,
      },
      { request: 'GET S/statistics', status: 200, pdns: { why: 'the counters are ours' } },
      {
        request: 'GET S/statistics?statistic=uptime',
        status: 200,
        has: [{ name: 'uptime', type: 'StatisticItem', value: /^\d+$/ }],
        pdns: { why: 'one server runs longer than the other', mayAgree: true },
      },
      { request: 'GET S/statistics?statistic=nothing', status: 422, has: refused },
      { request: 'GET S/statistics?includerings=false', status: 200, pdns: { why: 'the counters are ours' } },
      { request: 'GET S/statistics?includerings=maybe', status: 200, pdns: { why: 'the counters are ours' } },
      { request: 'GET S/autoprimaries', status: 200, has: [] },
      { request: 'GET S/tsigkeys', status: 200, has: [] },
      { request: 'GET S/tsigkeys/none', status: 404, has: refused },
      { request: 'GET S/views', status: 200, has: { views: [] }, pdns: { status: 404, why: NEWER('5.0') } },
      { request: 'GET S/networks', status: 200, has: { networks: [] }, pdns: { status: 404, why: NEWER('5.0') } },
      { request: 'GET S/nothing', status: 404, has: refused },
      { request: 'GET S/', status: 404, has: refused },
      { request: 'GET Z/', status: 404, has: refused },
      { request: 'HEAD Z', status: 405 },
      { request: 'DELETE Z', status: 405, has: refused },
      { request: 'POST /api', status: 405, has: refused },
      { request: 'PUT S/statistics', status: 405, has: refused },
      { request: 'OPTIONS Z', status: 200 },
      { request: 'OPTIONS S/nothing', status: 404, has: refused },
    ],
  },
  {
    title: 'a request without a key, or with a wrong one',
    calls: [
      { request: 'GET Z', headers: { 'X-API-Key': '' }, status: 401, has: refused },
      { request: 'GET Z', headers: { 'X-API-Key': 'wrong' }, status: 401, has: refused },
      { request: 'PATCH Z/x.example.', headers: { 'X-API-Key': 'wrong' }, body: {}, status: 401, has: refused },
      { request: 'OPTIONS Z', headers: { 'X-API-Key': '' }, status: 200 },
    ],
  },
  {
    title: 'external-dns: creations, updates, deletions',
    calls: [
      create('external.example.'),
      { request: 'GET Z', headers: { Accept: 'application/json' }, status: 200 },
      { request: 'GET Z/external.example.', status: 200 },
      patch('external.example.', [
        replace('app.external.example.', 'A', 300, '192.0.2.1', '192.0.2.2'),
        replace('app.external.example.', 'TXT', 300, '"heritage=external-dns,external-dns/owner=default"'),
        replace('external.example.', 'ALIAS', 300, 'lb.example.net.'),
        replace('www.external.example.', 'CNAME', 300, 'app.external.example.'),
      ]),
      {
        request: 'GET Z/external.example.',
        status: 200,
        has: {
          serial: 3,
          rrsets: [
            shown('app.external.example.', 'A', 300, '192.0.2.1', '192.0.2.2'),
            shown('app.external.example.', 'TXT', 300, '"heritage=external-dns,external-dns/owner=default"'),
            shown('external.example.', 'ALIAS', 300, 'lb.example.net.'),
            shown('external.example.', 'NS', 3600, 'ns.external.example.'),
            shown(
              'external.example.',
              'SOA',
              3600,
              'ns.external.example. root.external.example. 3 10800 3600 604800 3600',
            ),
            shown('www.external.example.', 'CNAME', 300, 'app.external.example.'),
          ],
        },
      },
      patch('external.example.', [replace('app.external.example.', 'A', 60, '192.0.2.3')]),
      patch('external.example.', [
        { ...replace('app.external.example.', 'A', 60, '192.0.2.3'), changetype: 'DELETE' },
        { ...replace('www.external.example.', 'CNAME', 300, 'app.external.example.'), changetype: 'DELETE' },
      ]),
      { request: 'GET Z/external.example.', status: 200, has: { serial: 5 } },
    ],
  },
  {
    title: 'lego: DNS-01, with old records sent back as lego 4.9.1 sends them',
    calls: [
      create('lego.example.'),
      { request: 'GET /api', status: 200, has: [{ url: '/api/v1', version: 1 }] },
      { request: 'GET Z/lego.example.', status: 200, has: { kind: 'Native', name: 'lego.example.' } },
      {
        request: 'PATCH Z/lego.example.',
        body: {
          rrsets: [
            {
              name: '_acme-challenge.lego.example.',
              changetype: 'REPLACE',
              type: 'TXT',
              kind: 'Master',
              ttl: 120,
              records: [
                { content: '"one"', disabled: false, name: '_acme-challenge.lego.example.', type: 'TXT', ttl: 120 },
              ],
            },
          ],
        },
        status: 204,
      },
      {
        request: 'PATCH Z/lego.example.',
        body: {
          rrsets: [
            {
              name: '_acme-challenge.lego.example.',
              changetype: 'REPLACE',
              type: 'TXT',
              kind: 'Master',
              ttl: 120,
              records: [
                { content: '"one"', disabled: false, name: '', type: '' },
                { content: '"two"', disabled: false, name: '_acme-challenge.lego.example.', type: 'TXT', ttl: 120 },
              ],
            },
          ],
        },
        status: 204,
      },
      {
        request: 'GET Z/lego.example.?rrset_name=_acme-challenge.lego.example.&rrset_type=TXT',
        status: 200,
        has: { rrsets: [shown('_acme-challenge.lego.example.', 'TXT', 120, '"one"', '"two"')] },
      },
      {
        request: 'PATCH Z/lego.example.',
        body: { rrsets: [{ name: '_acme-challenge.lego.example.', type: 'TXT', changetype: 'DELETE' }] },
        status: 204,
      },
      {
        request: 'GET Z/lego.example.?rrset_name=_acme-challenge.lego.example.&rrset_type=TXT',
        status: 200,
        has: { rrsets: [] },
      },
    ],
  },
  {
    title: 'notify: what lego, acme.sh, lexicon and octoDNS send',
    calls: [
      create('notify.example.'),
      { request: 'PUT Z/notify.example.', body: { kind: 'Master' }, status: 204 },
      {
        request: 'PUT Z/notify.example./notify',
        status: 200,
        has: { result: 'Notification queued' },
      },
      {
        request: 'PUT Z/notify.example/notify',
        headers: { 'Content-Type': 'application/json' },
        text: '{}',
        status: 200,
        has: { result: 'Notification queued' },
      },
      { request: 'PUT Z/none.example./notify', status: 404, has: refused },
      { request: 'GET Z/notify.example./notify', status: 405, has: refused },
      { request: 'PUT Z/notify.example./rectify', status: 200, has: { result: 'Rectified' } },
      { request: 'PUT Z/none.example./rectify', status: 404, has: refused },
      {
        request: 'PUT Z/notify.example./axfr-retrieve',
        status: 422,
        has: refused,
      },
    ],
  },
  {
    title: 'acme.sh: two challenges of a wildcard certificate, with a form’s Content-Type',
    calls: [
      create('acme.example.'),
      { request: 'GET Z', status: 200 },
      { request: 'GET Z/acme.example.', status: 200 },
      {
        request: 'PATCH Z/acme.example.',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        text: '{"rrsets": [{"changetype": "REPLACE", "name": "_acme-challenge.acme.example.", "type": "TXT", "ttl": 60, "records": [{"name": "_acme-challenge.acme.example.", "type": "TXT", "content": "\\"first\\"", "disabled": false, "ttl": 60}]}]}',
        status: 204,
      },
      {
        request: 'PATCH Z/acme.example.',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        text: '{"rrsets": [{"changetype": "REPLACE", "name": "_acme-challenge.acme.example.", "type": "TXT", "ttl": 60, "records": [{"name": "_acme-challenge.acme.example.", "type": "TXT", "content": "\\"first\\"", "disabled": false, "ttl": 60},{"name": "_acme-challenge.acme.example.", "type": "TXT", "content": "\\"second\\"", "disabled": false, "ttl": 60}]}]}',
        status: 204,
      },
      {
        request: 'GET Z/acme.example.?rrset_name=_acme-challenge.acme.example.',
        status: 200,
        has: { rrsets: [shown('_acme-challenge.acme.example.', 'TXT', 60, '"first"', '"second"')] },
      },
      patch('acme.example.', [deleted('_acme-challenge.acme.example.', 'TXT')]),
      patch('acme.example.', [replace('_acme-challenge.acme.example.', 'TXT', 60, '"second"')]),
      {
        request: 'GET Z/acme.example.?rrset_name=_acme-challenge.acme.example.',
        status: 200,
        has: { rrsets: [shown('_acme-challenge.acme.example.', 'TXT', 60, '"second"')] },
      },
    ],
  },
  {
    title: 'lexicon: GET with a body, the set sent back as it was read, REPLACE with no records',
    calls: [
      create('lexicon.example.'),
      {
        request: 'PATCH Z/lexicon.example.',
        headers: { 'Content-Type': 'application/json' },
        body: {
          rrsets: [
            {
              name: 'www.lexicon.example.',
              type: 'A',
              records: [{ content: '192.0.2.1', disabled: false }],
              ttl: 600,
              changetype: 'REPLACE',
            },
          ],
        },
        status: 204,
      },
      {
        request: 'PATCH Z/lexicon.example.',
        body: {
          rrsets: [
            {
              comments: [],
              name: 'www.lexicon.example.',
              type: 'A',
              ttl: 600,
              changetype: 'REPLACE',
              records: [
                { content: '192.0.2.1', disabled: false, modified_at: 1_790_000_000 },
                { content: '192.0.2.2', disabled: false },
              ],
            },
          ],
        },
        status: 204,
      },
      {
        request: 'PATCH Z/lexicon.example.',
        body: {
          rrsets: [{ name: 'www.lexicon.example.', type: 'A', ttl: 600, changetype: 'REPLACE', records: [] }],
        },
        status: 204,
      },
      { request: 'GET Z/lexicon.example.?rrset_name=www.lexicon.example.', status: 200, has: { rrsets: [] } },
      { request: 'GET Z/none.example.', status: 404, has: refused },
    ],
  },
  {
    title: 'cert-manager: old and new, then what is left, then nothing',
    calls: [
      create('certmanager.example.'),
      patch('certmanager.example.', [replace('_acme-challenge.certmanager.example.', 'TXT', 120, '"a"')]),
      patch('certmanager.example.', [replace('_acme-challenge.certmanager.example.', 'TXT', 120, '"a"', '"b"')]),
      patch('certmanager.example.', [replace('_acme-challenge.certmanager.example.', 'TXT', 120, '"b"')]),
      patch('certmanager.example.', [
        { name: '_acme-challenge.certmanager.example.', type: 'TXT', ttl: 120, changetype: 'REPLACE', records: [] },
      ]),
      {
        request: 'GET Z/certmanager.example.?rrset_name=_acme-challenge.certmanager.example.',
        status: 200,
        has: { rrsets: [] },
      },
    ],
  },
  {
    title: 'octoDNS: creates a zone that is not there, one PATCH with deletions first',
    calls: [
      { request: 'GET S', status: 200, pdns: { why: 'the version is ours' } },
      { request: 'GET Z/octodns.example.', status: 404, has: refused },
      {
        request: 'POST Z',
        body: {
          name: 'octodns.example.',
          kind: 'native',
          masters: [],
          nameservers: [],
          rrsets: [
            {
              name: 'octodns.example.',
              type: 'NS',
              ttl: 600,
              changetype: 'REPLACE',
              comments: [],
              records: records('ns1.example.net.', 'ns2.example.net.'),
            },
            {
              name: 'mail.octodns.example.',
              type: 'MX',
              ttl: 600,
              changetype: 'REPLACE',
              comments: [],
              records: records('10 mx1.octodns.example.', '20 mx2.octodns.example.'),
            },
          ],
          soa_edit_api: 'INCEPTION-INCREMENT',
        },
        status: 201,
        has: { kind: 'Native', name: 'octodns.example.', soa_edit_api: 'INCEPTION-INCREMENT' },
        pdns: { why: UNKNOWN_RULE },
      },
      { request: 'GET Z/octodns.example.', status: 200, pdns: { why: UNKNOWN_RULE } },
      { request: 'GET Z/octodns%2Eexample%2E', status: 200, pdns: { why: UNKNOWN_RULE } },
      patch('octodns.example.', [
        { ...replace('mail.octodns.example.', 'MX', 600, '10 mx1.octodns.example.'), changetype: 'DELETE' },
        replace('mail.octodns.example.', 'A', 600, '192.0.2.1'),
        replace('srv.octodns.example.', 'SRV', 600, '10 20 443 host.octodns.example.'),
        replace('caa.octodns.example.', 'CAA', 600, '0 issue "ca.example.net"'),
        replace('ssh.octodns.example.', 'SSHFP', 600, '1 1 bf6b6825d2977c511a475bbefb88aad54a92ac73'),
        replace(
          'ds.octodns.example.',
          'DS',
          600,
          '12345 8 2 49fd46e6c4b45c55d4ac49fd46e6c4b45c55d4ac49fd46e6c4b45c55d4ac49fd',
        ),
        replace('naptr.octodns.example.', 'NAPTR', 600, '10 100 "S" "SIP+D2U" "" _sip._udp.octodns.example.'),
      ]),
      { request: 'GET Z/octodns.example.', status: 200, pdns: { why: UNKNOWN_RULE } },
      { request: 'PUT Z/octodns.example./notify', status: 200, has: { result: 'Notification queued' } },
    ],
  },
  {
    title: 'octoDNS 1.2: LUA with line feeds is given back octet by octet',
    calls: [
      create('dynamic.example.'),
      patch('dynamic.example.', [
        replace(
          'www.dynamic.example.',
          'LUA',
          60,
          "A \";-- octodns-dynamic:v1:eyJ2IjoxfQ==\nif country('DE') then return '192.0.2.1' end\nreturn '192.0.2.2'\"",
        ),
        replace('two.dynamic.example.', 'LUA', 60, "A \"ifportup(443, {'192.0.2.1', '192.0.2.2'})\"", 'TXT "\'x\'"'),
      ]),
      {
        request: 'GET Z/dynamic.example.?rrset_name=www.dynamic.example.&rrset_type=LUA',
        status: 200,
        has: {
          rrsets: [
            shown(
              'www.dynamic.example.',
              'LUA',
              60,
              "A \";-- octodns-dynamic:v1:eyJ2IjoxfQ==\nif country('DE') then return '192.0.2.1' end\nreturn '192.0.2.2'\"",
            ),
          ],
        },
      },
      { request: 'GET Z/dynamic.example.', status: 200 },
      patch('dynamic.example.', [replace('bad.dynamic.example.', 'LUA', 60, 'A "this is no Lua"')], 422, {
        has: refused,
        pdns: { status: 204, why: 'LUA that cannot run is refused, with the place of the mistake' },
      }),
    ],
  },
  {
    title: 'dnscontrol, Caddy (mittwald): nulls, and two PATCHes',
    calls: [
      { request: 'GET Z/dnscontrol.example.', status: 404, has: refused },
      {
        request: 'POST Z',
        body: {
          id: '',
          name: 'dnscontrol.example.',
          type: 'Zone',
          url: '',
          kind: 'Native',
          rrsets: null,
          serial: 0,
          soa_edit_api: 'OFF',
          nameservers: ['ns1.example.net.', 'ns2.example.net.'],
          masters: null,
        },
        status: 201,
        has: { name: 'dnscontrol.example.', kind: 'Native' },
      },
      { request: 'GET Z/dnscontrol.example.', status: 200 },
      {
        request: 'PATCH Z/dnscontrol.example.',
        body: {
          name: '',
          type: '',
          nameservers: [],
          rrsets: [
            { name: 'x.dnscontrol.example.', type: 'A', ttl: 0, changetype: 'DELETE', records: null, comments: null },
          ],
        },
        status: 204,
        pdns: { why: NO_EFFECT },
      },
      {
        request: 'PATCH Z/dnscontrol.example.',
        body: {
          name: '',
          rrsets: [
            {
              name: 'x.dnscontrol.example.',
              type: 'A',
              ttl: 300,
              changetype: 'REPLACE',
              records: [{ content: '192.0.2.1', disabled: false, 'set-ptr': false }],
              comments: null,
            },
            {
              name: 'long.dnscontrol.example.',
              type: 'TXT',
              ttl: 300,
              changetype: 'REPLACE',
              records: records(`"${'v'.repeat(300)}"`),
              comments: null,
            },
          ],
        },
        status: 204,
      },
      {
        request: 'GET Z/dnscontrol.example.?rrset_name=long.dnscontrol.example.&rrset_type=TXT',
        status: 200,
        has: { rrsets: [shown('long.dnscontrol.example.', 'TXT', 300, `"${'v'.repeat(300)}"`)] },
      },
      {
        request: 'PATCH Z/dnscontrol.example.',
        body: {
          rrsets: [replace('svc.dnscontrol.example.', 'HTTPS', 300, '1 . alpn=h3,h2 ipv4hint=192.0.2.1')],
        },
        status: 204,
      },
      {
        request: 'GET Z/dnscontrol.example.?rrset_name=svc.dnscontrol.example.&rrset_type=HTTPS',
        status: 200,
        has: { rrsets: [shown('svc.dnscontrol.example.', 'HTTPS', 300, '1 . alpn=h3,h2 ipv4hint=192.0.2.1')] },
      },
      { request: 'GET Z?zone=dnscontrol.example.', status: 200, has: [{ name: 'dnscontrol.example.' }] },
      { request: 'GET Z?zone=dnscontrol.example', status: 422, has: refused },
      { request: 'GET Z?zone=none.example.', status: 200, has: [] },
      { request: 'GET Z/dnscontrol.example./cryptokeys', status: 200, has: [] },
    ],
  },
  {
    title: 'Terraform: a zone and a record, and the end of both',
    calls: [
      { request: 'GET /api/v1/servers', status: 200, pdns: { why: 'the version is ours' } },
      {
        request: 'POST Z',
        body: {
          id: '',
          name: 'terraform.example.',
          url: '',
          kind: 'Native',
          dnsssec: false,
          serial: 0,
          rrsets: null,
          nameservers: ['ns1.example.net.'],
          masters: [],
          account: 'admin',
          soa_edit_api: 'DEFAULT',
        },
        status: 201,
        has: { account: 'admin', kind: 'Native', name: 'terraform.example.' },
      },
      { request: 'GET Z/terraform.example.', status: 200, has: { account: 'admin', soa_edit_api: 'DEFAULT' } },
      {
        request: 'PUT Z/terraform.example.',
        body: { account: 'other', kind: 'Native', name: 'terraform.example.' },
        status: 204,
      },
      { request: 'GET Z/terraform.example.?rrsets=false', status: 200, has: { account: 'other' } },
      patch('terraform.example.', [
        {
          name: 'r.terraform.example.',
          type: 'A',
          changetype: 'REPLACE',
          ttl: 60,
          records: [
            {
              name: 'r.terraform.example.',
              type: 'A',
              content: '192.0.2.9',
              ttl: 60,
              disabled: false,
              'set-ptr': false,
            },
          ],
        },
      ]),
      {
        request: 'GET Z/terraform.example.?rrsets=true&rrset_name=r.terraform.example.',
        status: 200,
        has: { rrsets: [shown('r.terraform.example.', 'A', 60, '192.0.2.9')] },
      },
      patch('terraform.example.', [
        { name: 'r.terraform.example.', type: 'A', changetype: 'DELETE', ttl: 0, records: null },
      ]),
      { request: 'GET Z/terraform.example.?rrset_name=r.terraform.example.', status: 200, has: { rrsets: [] } },
      { request: 'DELETE Z/terraform.example.', status: 204 },
      { request: 'GET Z/terraform.example.', status: 404, has: refused },
      { request: 'DELETE Z/terraform.example.', status: 404, has: refused },
    ],
  },
  {
    title: 'PowerDNS-Operator: reads one rrset before each PATCH',
    calls: [
      create('operator.example.'),
      {
        request: 'GET Z/operator.example.?rrset_name=a.operator.example.&rrset_type=A',
        status: 200,
        has: { rrsets: [] },
      },
      patch('operator.example.', [
        {
          ...replace('a.operator.example.', 'A', 60, '192.0.2.1'),
          comments: [{ content: 'made by the operator', account: 'ops', modified_at: 1_790_000_000 }],
        },
      ]),
      {
        request: 'GET Z/operator.example.?rrset_name=a.operator.example.&rrset_type=A',
        status: 200,
        has: {
          rrsets: [
            {
              ...shown('a.operator.example.', 'A', 60, '192.0.2.1'),
              comments: [{ account: 'ops', content: 'made by the operator', modified_at: 1_790_000_000 }],
            },
          ],
        },
      },
      { request: 'PUT Z/operator.example.', body: { kind: 'Master', soa_edit_api: 'EPOCH' }, status: 204 },
      { request: 'GET Z/operator.example.', status: 200, has: { kind: 'Master', soa_edit_api: 'EPOCH' } },
    ],
  },
  {
    title: 'PowerDNS-Admin: one PATCH with bare deletions, settings one by one, search, names without dot',
    calls: [
      create('admin.example.'),
      { request: 'GET Z', status: 200 },
      { request: 'GET Z/admin.example', status: 200, has: { name: 'admin.example.' } },
      patch('admin.example.', [
        deleted('old.admin.example.', 'A'),
        { ...replace('new.admin.example.', 'A', 60, '192.0.2.1'), comments: [] },
        {
          name: 'off.admin.example.',
          type: 'A',
          ttl: 60,
          changetype: 'REPLACE',
          records: [
            { content: '192.0.2.1', disabled: true },
            { content: '192.0.2.2', disabled: false },
          ],
          comments: [{ content: 'spare', account: '', modified_at: 1_790_000_000 }],
        },
      ]),
      {
        request: 'GET Z/admin.example.',
        status: 200,
        has: {
          rrsets: [
            shown('admin.example.', 'NS', 3600, 'ns.admin.example.'),
            shown('admin.example.', 'SOA', 3600, 'ns.admin.example. root.admin.example. 3 10800 3600 604800 3600'),
            shown('new.admin.example.', 'A', 60, '192.0.2.1'),
            {
              comments: [{ account: '', content: 'spare', modified_at: 1_790_000_000 }],
              name: 'off.admin.example.',
              records: [
                { content: '192.0.2.1', disabled: true },
                { content: '192.0.2.2', disabled: false },
              ],
              ttl: 60,
              type: 'A',
            },
          ],
        },
      },
      { request: 'PUT Z/admin.example.', body: { soa_edit_api: 'OFF', kind: 'Native' }, status: 204 },
      { request: 'PUT Z/admin.example.', body: { account: 'customer' }, status: 204 },
      { request: 'PUT Z/admin.example.', body: { api_rectify: false }, status: 204 },
      { request: 'GET Z/admin.example.', status: 200, has: { account: 'customer', soa_edit_api: 'OFF' } },
      { request: 'GET S/search-data?q=new.admin.example&max=100', status: 200 },
      { request: 'GET S/search-data?q=*.admin.example&max=100&object_type=record', status: 200 },
      { request: 'GET S/search-data?q=spare&object_type=comment', status: 200 },
      { request: 'GET S/search-data?q=admin.example&object_type=zone', status: 200 },
      { request: 'GET S/search-data?q=', status: 422, has: refused },
      { request: 'GET S/search-data?q=x&max=0', status: 422, has: refused },
      { request: 'GET S/search-data?q=x&max=x', status: 422, has: refused, pdns: { status: 500, why: NO_FAULT } },
      { request: 'GET S/search-data?q=x&object_type=none', status: 422, has: refused },
      { request: 'GET Z/admin.example./cryptokeys', status: 200, has: [] },
      { request: 'GET Z/admin.example./metadata', status: 200 },
      { request: 'GET S/config', status: 200, pdns: { why: 'the settings are ours' } },
      { request: 'GET S/statistics', status: 200, pdns: { why: 'the counters are ours' } },
    ],
  },
  {
    title: 'AuthAdmin and Ansible: metadata',
    calls: [
      create('meta.example.'),
      { request: 'GET Z/meta.example./metadata', status: 200 },
      {
        request: 'POST Z/meta.example./metadata',
        body: { kind: 'X-NOTE', metadata: ['one'] },
        status: 201,
        has: { kind: 'X-NOTE', metadata: ['one'], type: 'Metadata' },
      },
      {
        request: 'POST Z/meta.example./metadata',
        body: { kind: 'X-NOTE', metadata: ['two', 'one'] },
        status: 201,
        has: { kind: 'X-NOTE', metadata: ['one', 'two'], type: 'Metadata' },
      },
      {
        request: 'GET Z/meta.example./metadata/X-NOTE',
        status: 200,
        has: { kind: 'X-NOTE', metadata: ['one', 'two'], type: 'Metadata' },
      },
      {
        request: 'PUT Z/meta.example./metadata/X-NOTE',
        body: { kind: 'X-NOTE', metadata: ['three'] },
        status: 200,
        has: { kind: 'X-NOTE', metadata: ['three'], type: 'Metadata' },
      },
      {
        request: 'PUT Z/meta.example./metadata/ALLOW-AXFR-FROM',
        body: { metadata: ['AUTO-NS', '2001:db8::/48'] },
        status: 200,
        has: { kind: 'ALLOW-AXFR-FROM', metadata: ['AUTO-NS', '2001:db8::/48'], type: 'Metadata' },
      },
      {
        request: 'GET Z/meta.example./metadata/X-OTHER',
        status: 200,
        has: { kind: 'X-OTHER', metadata: [], type: 'Metadata' },
      },
      { request: 'GET Z/meta.example./metadata/x-small', status: 422, has: refused },
      { request: 'GET Z/meta.example./metadata/ENABLE-LUA-RECORDS', status: 422, has: refused },
      { request: 'GET Z/meta.example./metadata/SOA-EDIT-API', status: 422, has: refused },
      { request: 'GET Z/meta.example./metadata/API-RECTIFY', status: 422, has: refused },
      { request: 'PUT Z/meta.example./metadata/PRESIGNED', body: { metadata: ['1'] }, status: 422, has: refused },
      {
        request: 'POST Z/meta.example./metadata',
        body: { kind: 'NSEC3PARAM', metadata: ['1 0 0 -'] },
        status: 422,
        has: refused,
      },
      { request: 'PUT Z/meta.example./metadata/X-NOTE', body: { metadata: 'text' }, status: 422, has: refused },
      { request: 'PUT Z/meta.example./metadata/X-NOTE', body: {}, status: 422, has: refused },
      { request: 'POST Z/meta.example./metadata', body: { metadata: ['x'] }, status: 422, has: refused },
      {
        request: 'DELETE Z/meta.example./metadata/X-NOTE',
        status: 204,
        pdns: { status: 200, why: 'newer PowerDNS answers with 204' },
      },
      { request: 'GET Z/meta.example./metadata/X-NOTE', status: 200, has: { metadata: [] } },
      { request: 'GET Z/none.example./metadata', status: 404, has: refused },
      { request: 'GET Z/none.example./metadata/X-NOTE', status: 404, has: refused },
    ],
  },
  {
    title: 'Ansible: a zone without its rrsets',
    calls: [
      {
        request: 'POST Z?rrsets=false',
        body: { name: 'ansible.example.', kind: 'Native', nameservers: ['ns.example.net.'], soa_edit_api: 'INCREASE' },
        status: 201,
        has: { name: 'ansible.example.' },
      },
      { request: 'GET Z/ansible.example.?rrsets=false', status: 200, has: { id: 'ansible.example.' } },
      { request: 'GET Z/ansible.example.?rrsets=maybe', status: 422, has: refused },
      { request: 'GET Z?dnssec=false', status: 200 },
      {
        request: 'GET Z?dnssec=maybe',
        status: 422,
        has: refused,
        pdns: { status: 200, why: 'a word that is neither is refused since 4.8' },
      },
    ],
  },
  {
    title: 'creation of zones',
    calls: [
      {
        request: 'POST Z',
        body: { name: 'made.example.', kind: 'Native', nameservers: ['ns1.made.example.'], soa_edit_api: 'INCREASE' },
        status: 201,
        has: {
          rrsets: [
            shown('made.example.', 'NS', 3600, 'ns1.made.example.'),
            shown(
              'made.example.',
              'SOA',
              3600,
              'a.misconfigured.dns.server.invalid. hostmaster.made.example. 1 10800 3600 604800 3600',
            ),
          ],
        },
      },
      {
        request: 'POST Z',
        body: { name: 'made.example.', kind: 'Native', nameservers: [] },
        status: 409,
        has: refused,
      },
      {
        request: 'POST Z',
        body: { name: 'MADE.example.', kind: 'Native', nameservers: [] },
        status: 409,
        has: refused,
      },
      {
        request: 'POST Z',
        body: { name: 'default.example.', kind: 'Native', nameservers: ['ns.example.net.'] },
        status: 201,
        has: { soa_edit_api: 'DEFAULT' },
      },
      {
        request: 'POST Z',
        body: { name: 'nodot.example', kind: 'Native', nameservers: [] },
        status: 422,
        has: refused,
      },
      { request: 'POST Z', body: { kind: 'Native', nameservers: [] }, status: 422, has: refused },
      { request: 'POST Z', body: { name: 'kindless.example.', nameservers: [] }, status: 422, has: refused },
      { request: 'POST Z', body: { name: 5, kind: 'Native' }, status: 422, has: refused },
      {
        request: 'POST Z',
        body: { name: 'ns.example.', kind: 'Native', nameservers: ['ns'] },
        status: 422,
        has: refused,
      },
      { request: 'POST Z', body: { name: 'ns.example.', kind: 'Native', nameservers: [5] }, status: 422, has: refused },
      {
        request: 'POST Z',
        body: { name: 'any.example.', kind: 'whatever', nameservers: [], soa_edit_api: 'OFF' },
        status: 201,
        has: { kind: 'Native' },
      },
      {
        request: 'POST Z',
        body: { name: 'slave.example.', kind: 'Slave', masters: ['192.0.2.1'], nameservers: ['ns.example.net.'] },
        status: 422,
        has: refused,
      },
      {
        request: 'POST Z',
        body: {
          name: 'text.example.',
          kind: 'Native',
          nameservers: [],
          soa_edit_api: 'OFF',
          zone:
            'text.example. 3600 IN SOA ns.text.example. root.text.example. 7 3600 900 604800 60\n' +
            'text.example. 3600 IN NS ns.text.example.\nns.text.example. 60 IN A 192.0.2.1\n',
        },
        status: 201,
        has: {
          rrsets: [
            shown('ns.text.example.', 'A', 60, '192.0.2.1'),
            shown('text.example.', 'NS', 3600, 'ns.text.example.'),
            shown('text.example.', 'SOA', 3600, 'ns.text.example. root.text.example. 7 3600 900 604800 60'),
          ],
        },
      },
      {
        request: 'POST Z',
        body: { name: 'both.example.', kind: 'Native', zone: 'a 60 IN A 192.0.2.1\n', rrsets: [] },
        status: 422,
        has: refused,
      },
      {
        request: 'POST Z',
        body: { name: 'open.example.', kind: 'Native', zone: 'a IN TXT "open\n' },
        status: 422,
        has: refused,
        pdns: { status: 500, why: NO_FAULT },
      },
      {
        request: 'POST Z',
        body: { name: 'address.example.', kind: 'Native', nameservers: [], zone: 'a 60 IN A 192.0.2.300\n' },
        status: 422,
        has: refused,
        pdns: { status: 500, why: NO_FAULT },
      },
      {
        request: 'POST Z',
        body: { name: 'dnssec.example.', kind: 'Native', nameservers: [], dnssec: true },
        status: 201,
        has: { dnssec: true },
      },
      {
        request: 'POST Z',
        body: { name: 'nsec3.example.', kind: 'Native', nameservers: [], nsec3param: '' },
        status: 201,
      },
      { request: 'POST Z', body: { name: 'list.example.', kind: 'Native', nameservers: [], rrsets: 'x' }, status: 201 },
      {
        request: 'POST Z',
        body: {
          name: 'empty.example.',
          kind: 'Native',
          nameservers: [],
          rrsets: [{ name: 'a.empty.example.', type: 'A' }],
        },
        status: 201,
      },
      {
        request: 'POST Z',
        body: { name: 'odd..example.', kind: 'Native', nameservers: [] },
        status: 422,
        has: refused,
      },
      {
        request: 'POST Z',
        body: { name: 'sp ace.example.', kind: 'Native', nameservers: [] },
        status: 422,
        has: refused,
      },
      { request: 'POST Z', body: { name: '.', kind: 'Native', nameservers: ['ns.example.net.'] }, status: 201 },
      {
        request: 'POST Z',
        body: {
          name: 'two.example.',
          kind: 'Native',
          nameservers: ['ns.example.net.'],
          rrsets: [{ name: 'two.example.', type: 'NS', ttl: 60, records: records('ns.example.net.') }],
        },
        status: 422,
        has: refused,
      },
      {
        request: 'POST Z',
        body: {
          name: 'outside.example.',
          kind: 'Native',
          nameservers: [],
          rrsets: [{ name: 'www.example.net.', type: 'A', ttl: 60, records: records('192.0.2.1') }],
        },
        status: 422,
        has: refused,
      },
      { request: 'POST Z', text: '{', status: 400, has: refused },
      { request: 'POST Z', text: '', status: 400, has: refused },
      { request: 'POST Z', text: '[]', status: 422, has: refused },
      { request: 'POST Z', text: '"text"', status: 422, has: refused },
    ],
  },
  {
    title: 'ids of zones',
    calls: [
      {
        request: 'POST Z',
        body: {
          name: '0/26.2.0.192.in-addr.arpa.',
          kind: 'Native',
          nameservers: ['ns.example.net.'],
          soa_edit_api: 'INCREASE',
        },
        status: 201,
        has: {
          id: '0=2F26.2.0.192.in-addr.arpa.',
          url: '/api/v1/servers/localhost/zones/0=2F26.2.0.192.in-addr.arpa.',
        },
      },
      { request: 'GET Z/0=2F26.2.0.192.in-addr.arpa.', status: 200, has: { name: '0/26.2.0.192.in-addr.arpa.' } },
      { request: 'GET Z/0=2f26.2.0.192.in-addr.arpa.', status: 400, has: refused },
      {
        request: 'GET Z/0%2F26.2.0.192.in-addr.arpa.',
        status: 200,
        has: { name: '0/26.2.0.192.in-addr.arpa.' },
      },
      { request: 'GET Z/0=2F26=2E2=2E0=2E192=2Ein-addr=2Earpa=2E', status: 200 },
      { request: 'GET Z/0=2F26.2.0.192.IN-ADDR.ARPA', status: 200, has: { name: '0/26.2.0.192.in-addr.arpa.' } },
      { request: 'GET Z/0=2', status: 400, has: refused },
      { request: 'GET Z/0=ZZ', status: 400, has: refused },
      { request: 'GET Z/=2E', status: 404, has: refused },
      { request: 'GET Z/a..b', status: 422, has: refused },
      { request: `GET Z/${'x'.repeat(64)}.example.`, status: 422, has: refused },
      { request: 'DELETE Z/0=2F26.2.0.192.in-addr.arpa', status: 204 },
    ],
  },
  {
    title: 'PATCH: what is refused, and leaves the zone as it was',
    calls: [
      create('strict.example.', { name: 'www.strict.example.', type: 'A', ttl: 60, records: records('192.0.2.1') }),
      ...(
        [
          [{ ...replace('www.strict.example', 'A', 60, '192.0.2.1') }],
          [{ ...replace('www.example.net.', 'A', 60, '192.0.2.1') }],
          [{ ...replace('w w.strict.example.', 'A', 60, '192.0.2.1') }],
          [{ ...replace('www.strict.example.', 'NONE', 60, '192.0.2.1') }],
          [{ ...replace('www.strict.example.', 'A', 60, '192.0.2.300') }],
          [{ ...replace('www.strict.example.', 'A', 60, '') }],
          [{ ...replace('mx.strict.example.', 'MX', 60, '10 mail') }],
          [{ ...replace('www.strict.example.', 'CNAME', 60, 'x.example.net.') }],
          [{ ...replace('c.strict.example.', 'CNAME', 60, 'x.example.net.', 'y.example.net.') }],
          [{ ...replace('dup.strict.example.', 'A', 60, '192.0.2.1', '192.0.2.1') }],
          [{ ...replace('sub.strict.example.', 'SOA', 60, 'ns. root. 1 2 3 4 5') }],
          [{ ...replace('www.strict.example.', 'A', 60, '192.0.2.1'), changetype: 'CHANGE' }],
          [{ name: 'www.strict.example.', type: 'A', changetype: 'REPLACE', ttl: 60 }],
          [{ name: 'www.strict.example.', type: 'A', changetype: 'REPLACE', records: records('192.0.2.1') }],
          [{ name: 'www.strict.example.', type: 'A', ttl: 60, records: records('192.0.2.1') }],
          [{ type: 'A', changetype: 'REPLACE', ttl: 60, records: records('192.0.2.1') }],
          [{ name: 'www.strict.example.', changetype: 'REPLACE', ttl: 60, records: records('192.0.2.1') }],
          [{ name: 'www.strict.example.', type: 'A', changetype: 'REPLACE', ttl: 60, records: [{ disabled: false }] }],
          [
            {
              name: 'www.strict.example.',
              type: 'A',
              changetype: 'REPLACE',
              ttl: 60,
              records: [{ content: '192.0.2.1', disabled: 'no' }],
            },
          ],
          [{ ...replace('mx.strict.example.', 'MX', 60), records: [{ content: 'a.example.', priority: 10 }] }],
          [replace('www.strict.example.', 'A', 60, '192.0.2.1'), replace('www.strict.example.', 'A', 60, '192.0.2.2')],
          [deleted('www.strict.example.', 'A'), deleted('www.strict.example.', 'A')],
          [replace('ok.strict.example.', 'A', 60, '192.0.2.1'), replace('bad.strict.example.', 'A', 60, 'x')],
          [{ ...replace('c.strict.example.', 'A', 60, '192.0.2.1'), comments: [{ content: 'no account' }] }],
        ] as const
      ).map((rrsets) => patch('strict.example.', rrsets, 422, { has: refused })),
      { request: 'PATCH Z/strict.example.', body: {}, status: 422, has: refused },
      { request: 'PATCH Z/strict.example.', body: { rrsets: null }, status: 422, has: refused },
      { request: 'PATCH Z/strict.example.', body: [], status: 422, has: refused },
      { request: 'PATCH Z/strict.example.', text: '{"rrsets":', status: 400, has: refused },
      { request: 'PATCH Z/none.example.', body: { rrsets: [] }, status: 404, has: refused },
      {
        request: 'GET Z/strict.example.',
        status: 200,
        has: {
          serial: 2,
          rrsets: [
            shown('strict.example.', 'NS', 3600, 'ns.strict.example.'),
            shown('strict.example.', 'SOA', 3600, 'ns.strict.example. root.strict.example. 2 10800 3600 604800 3600'),
            shown('www.strict.example.', 'A', 60, '192.0.2.1'),
          ],
        },
      },
    ],
  },
  {
    title: 'PATCH: what is refused with 422 where PowerDNS 4.7.3 has a fault, or wraps',
    calls: [
      create('odd.example.'),
      patch('odd.example.', [{ ...replace('a.odd.example.', 'A', 60, '192.0.2.1'), ttl: 'long' }], 422, {
        has: refused,
        pdns: { status: 500, why: NO_FAULT },
      }),
      patch('odd.example.', [{ ...replace('a.odd.example.', 'A', 60, '192.0.2.1'), ttl: -1 }], 422, {
        has: refused,
        pdns: { status: 204, why: 'a TTL of -1 would wrap' },
      }),
      patch('odd.example.', [{ ...replace('a.odd.example.', 'A', 60, '192.0.2.1'), ttl: 2 ** 32 }], 422, {
        has: refused,
        pdns: { status: 204, why: 'a TTL of 2^32 would wrap' },
      }),
      patch(
        'odd.example.',
        [
          {
            ...replace('a.odd.example.', 'A', 60, '192.0.2.1'),
            comments: [{ content: 'x', account: 'y', modified_at: 'now' }],
          },
        ],
        422,
        { has: refused, pdns: { status: 500, why: NO_FAULT } },
      ),
      patch('odd.example.', [{ ...replace('a.odd.example.', 'A', 60, '192.0.2.1'), ttl: [60] }], 422, { has: refused }),
      patch('odd.example.', [5], 422, { has: refused }),
      patch('odd.example.', [null], 422, { has: refused }),
      patch('odd.example.', [[]], 422, { has: refused }),
      patch('odd.example.', [{ ...replace('a.odd.example.', 'A', 60), records: 'text' }], 422, { has: refused }),
      patch('odd.example.', [{ ...replace('a.odd.example.', 'A', 60), records: [5] }], 422, { has: refused }),
      { request: 'PATCH Z/odd.example.', body: { rrsets: { a: 1 } }, status: 422, has: refused },
      { request: 'PATCH Z/odd.example.', body: { rrsets: 'x' }, status: 422, has: refused },
      { request: 'PUT Z/odd.example.', body: [], status: 204 },
      { request: 'PUT Z/odd.example.', body: { kind: 5, account: 5, masters: 'x', dnssec: 'x' }, status: 204 },
      { request: 'PUT Z/odd.example.', body: { nsec3param: '' }, status: 204 },
      { request: 'PUT Z/odd.example.', body: { masters: ['no address'] }, status: 422, has: refused },
      { request: 'PUT Z/odd.example.', text: '{', status: 400, has: refused },
      { request: 'PUT Z/none.example.', body: {}, status: 404, has: refused },
      { request: 'GET Z/odd.example.', status: 200, has: { serial: 2 }, pdns: { why: 'the TTLs that wrapped' } },
      {
        request: 'GET Z/odd.example.?rrset_name=a..b',
        status: 422,
        has: refused,
        pdns: { status: 500, why: NO_FAULT },
      },
      {
        request: 'GET Z/odd.example./cryptokeys/x',
        status: 404,
        has: refused,
        pdns: { status: 500, why: NO_FAULT },
      },
    ],
  },
  {
    title: 'PATCH: what is taken without complaint',
    calls: [
      create('liberal.example.'),
      patch('liberal.example.', [{ ...replace('ttl.liberal.example.', 'A', 60, '192.0.2.1'), ttl: '90' }]),
      patch('liberal.example.', [{ ...replace('frac.liberal.example.', 'A', 60, '192.0.2.1'), ttl: 60.7 }]),
      patch('liberal.example.', [
        { ...replace('lower.liberal.example.', 'A', 60, '192.0.2.1'), changetype: 'replace', unknown: { a: [1] } },
      ]),
      patch('liberal.example.', [
        {
          name: 'none.liberal.example.',
          type: 'A',
          changetype: 'REPLACE',
          ttl: 60,
          records: [{ content: '192.0.2.1' }],
        },
      ]),
      patch('liberal.example.', [
        {
          name: 'null.liberal.example.',
          type: 'A',
          changetype: 'REPLACE',
          ttl: 60,
          records: [{ content: '192.0.2.1', disabled: null }],
        },
      ]),
      patch('liberal.example.', [replace('UPPER.liberal.example.', 'CNAME', 60, 'Host.Example.NET.')]),
      patch('liberal.example.', [replace('*.liberal.example.', 'A', 60, '192.0.2.1')]),
      patch('liberal.example.', [replace('_443._tcp.liberal.example.', 'TLSA', 60, `3 1 1 ${'AB'.repeat(32)}`)]),
      patch('liberal.example.', [replace('both.liberal.example.', 'ALIAS', 60, 'lb.example.net.')]),
      patch('liberal.example.', [replace('both.liberal.example.', 'MX', 60, '10 mx.example.net.')]),
      patch('liberal.example.', [
        {
          name: 'comment.liberal.example.',
          type: 'A',
          changetype: 'REPLACE',
          comments: [{ content: 'no records', account: 'me', modified_at: 1_790_000_000 }],
        },
      ]),
      patch('liberal.example.', [
        deleted('both.liberal.example.', 'MX'),
        replace('both.liberal.example.', 'MX', 60, '20 mx.example.net.'),
      ]),
      patch('liberal.example.', [deleted('www.example.net.', 'A')], 204, { pdns: { why: NO_EFFECT } }),
      patch('liberal.example.', [replace('six.liberal.example.', 'AAAA', 60, '::ffff:192.0.2.1')], 204, {
        pdns: { status: 422, why: 'newer PowerDNS takes any spelling of AAAA' },
      }),
      {
        request: 'GET Z/liberal.example.',
        status: 200,
        pdns: { why: 'hexadecimal digits come back as they were written, and two of the changes above differ' },
      },
      {
        request: 'GET Z/liberal.example.?include_disabled=false',
        status: 200,
        pdns: { why: 'the parameter is newer than 4.7' },
      },
      { request: 'PUT Z/liberal.example.', body: { unknown: 1 }, status: 204 },
      { request: 'GET Z/liberal.example.?rrset_type=A', status: 200, pdns: { why: 'as for the whole zone' } },
      {
        request: 'GET Z/liberal.example.?rrset_name=both.liberal.example',
        status: 200,
        has: {
          rrsets: [
            shown('both.liberal.example.', 'ALIAS', 60, 'lb.example.net.'),
            shown('both.liberal.example.', 'MX', 60, '20 mx.example.net.'),
          ],
        },
        pdns: { why: 'PowerDNS 4.7.3 adds the comments of other names' },
      },
    ],
  },
  {
    title: 'PATCH: EXTEND and PRUNE',
    calls: [
      create('extend.example.', { name: 'a.extend.example.', type: 'A', ttl: 60, records: records('192.0.2.1') }),
      patch('extend.example.', [{ ...replace('a.extend.example.', 'A', 60, '192.0.2.2'), changetype: 'EXTEND' }], 204, {
        pdns: { status: 422, why: NEWER('4.9.12') },
      }),
      {
        request: 'GET Z/extend.example.?rrset_name=a.extend.example.',
        status: 200,
        has: { rrsets: [shown('a.extend.example.', 'A', 60, '192.0.2.1', '192.0.2.2')] },
        pdns: { why: NEWER('4.9.12') },
      },
      patch('extend.example.', [{ ...replace('a.extend.example.', 'A', 60, '192.0.2.1'), changetype: 'PRUNE' }], 204, {
        pdns: { status: 422, why: NEWER('4.9.12') },
      }),
      {
        request: 'GET Z/extend.example.?rrset_name=a.extend.example.',
        status: 200,
        has: { rrsets: [shown('a.extend.example.', 'A', 60, '192.0.2.2')] },
        pdns: { why: NEWER('4.9.12') },
      },
      patch(
        'extend.example.',
        [{ ...replace('a.extend.example.', 'A', 60, '192.0.2.2', '192.0.2.3'), changetype: 'EXTEND' }],
        422,
        { has: refused },
      ),
    ],
  },
  {
    title: 'PUT of all rrsets',
    calls: [
      create('put.example.', { name: 'old.put.example.', type: 'A', ttl: 60, records: records('192.0.2.1') }),
      {
        request: 'PUT Z/put.example.',
        body: { rrsets: [{ name: 'new.put.example.', type: 'A', ttl: 60, records: records('192.0.2.2') }] },
        status: 422,
        has: refused,
        pdns: { status: 204, why: `rrsets in a PUT count since 4.9` },
      },
      {
        request: 'PUT Z/put.example.',
        body: {
          rrsets: [
            {
              name: 'put.example.',
              type: 'SOA',
              ttl: 60,
              records: records('ns.put.example. root.put.example. 9 1 2 3 4'),
            },
            { name: 'put.example.', type: 'NS', ttl: 60, records: records('ns.put.example.') },
            { name: 'new.put.example.', type: 'A', ttl: 60, records: records('192.0.2.2') },
          ],
        },
        status: 204,
      },
      {
        request: 'GET Z/put.example.?rrset_name=old.put.example.',
        status: 200,
        has: { rrsets: [] },
        pdns: { why: `rrsets in a PUT count since 4.9` },
      },
    ],
  },
  {
    title: 'export, flush, and what does not exist yet',
    calls: [
      create('misc.example.', { name: 'a.misc.example.', type: 'A', ttl: 60, records: records('192.0.2.1') }),
      { request: 'GET Z/misc.example./export', headers: { Accept: 'text/plain' }, status: 200 },
      {
        request: 'GET Z/misc.example./export',
        headers: { Accept: 'application/json' },
        status: 200,
        has: { zone: /./ },
      },
      { request: 'GET Z/none.example./export', status: 404, has: refused },
      {
        request: 'PUT S/cache/flush?domain=misc.example.',
        status: 200,
        has: { result: 'Flushed cache.' },
        pdns: { why: 'the number of flushed answers depends on what was asked' },
      },
      { request: 'PUT S/cache/flush', status: 422, has: refused },
      { request: 'PUT S/cache/flush?domain=nodot', status: 422, has: refused },
      {
        request: 'POST Z/misc.example./cryptokeys',
        body: { keytype: 'csk', active: true },
        status: 201,
        has: { active: true, keytype: 'csk' },
        pdns: { why: 'the keys are ours' },
      },
      {
        request: 'POST S/tsigkeys',
        body: { name: 'key', algorithm: 'hmac-sha256' },
        status: 422,
        has: refused,
        pdns: { status: 201, why: 'there are no transfers to sign' },
      },
      {
        request: 'POST S/autoprimaries',
        body: { ip: '192.0.2.1', nameserver: 'ns.example.net', account: '' },
        status: 422,
        has: refused,
        pdns: { status: 201, why: 'there are no transfers' },
      },
      {
        request: 'PUT S/networks/192.0.2.0/24',
        body: { view: 'x' },
        status: 422,
        has: refused,
        pdns: { status: 404, why: NEWER('5.0') },
      },
      { request: 'GET S/networks/192.0.2.0/24', status: 404, has: refused },
      { request: 'GET S/views/internal', status: 404, has: refused },
      { request: 'DELETE Z/misc.example.', status: 204 },
    ],
  },
  {
    title: 'serials: DEFAULT, OFF, and none',
    calls: [
      {
        request: 'POST Z',
        body: {
          name: 'serial.example.',
          kind: 'Native',
          nameservers: ['ns.example.net.'],
          soa_edit_api: 'OFF',
          serial: 7,
        },
        status: 201,
        has: { serial: 7 },
      },
      patch('serial.example.', [replace('a.serial.example.', 'A', 60, '192.0.2.1')]),
      { request: 'GET Z/serial.example.', status: 200, has: { serial: 7 } },
      { request: 'PUT Z/serial.example.', body: { soa_edit_api: 'INCREASE' }, status: 204 },
      patch('serial.example.', [replace('b.serial.example.', 'A', 60, '192.0.2.1')]),
      { request: 'GET Z/serial.example.', status: 200, has: { serial: 8 } },
      { request: 'PUT Z/serial.example.', body: { soa_edit_api: 'DEFAULT' }, status: 204 },
      patch('serial.example.', [replace('c.serial.example.', 'A', 60, '192.0.2.1')]),
      patch('serial.example.', [replace('d.serial.example.', 'A', 60, '192.0.2.1')]),
      { request: 'GET Z/serial.example.', status: 200 },
      patch('serial.example.', [
        replace('serial.example.', 'SOA', 60, 'ns.serial.example. root.serial.example. 2040010101 1 2 3 4'),
      ]),
      {
        request: 'GET Z/serial.example.',
        status: 200,
        has: { serial: 2_040_010_101 },
        pdns: { why: 'an SOA is given back as it was written; PowerDNS raises its serial by one' },
      },
    ],
  },
]
