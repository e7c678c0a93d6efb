import { type Family, familyOf, labelsOf } from './exposition.ts'
import type { Forwarding, MetricsInput } from './input.ts'

/** The metrics of the Worker itself. Those of this isolate alone say so: another one counts for itself. */
export function workerFamilies({
  version,
  isComplete,
  settingProblems,
  apiWrites,
  forwarding,
}: MetricsInput): Family[] {
  return [
    familyOf({ name: 'edge_gslb_build_info', kind: 'gauge', help: 'Version of the Worker.' }, [
      [labelsOf({ version }), 1],
    ]),
    familyOf(
      { name: 'edge_gslb_complete', kind: 'gauge', help: '1 if the checks of all zones could be read; else 0.' },
      [['', isComplete ? 1 : 0]],
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_setting_problems', kind: 'gauge' },
        help: 'Settings of the Worker that are not valid, and overrides that are not.',
      },
      [['', settingProblems]],
    ),
    familyOf(
      {
        ...{ name: 'edge_gslb_api_writes_total', kind: 'counter' },
        help: 'Writes of the API that this isolate answered since it began, by status.',
      },
      Array.from(apiWrites, ([status, value]) => [labelsOf({ status: String(status) }), value] as const),
    ),
    ...(forwarding ? forwardFamilies(forwarding) : []),
  ]
}

const forwardFamilies = ({ bytes, maxBytes, upstreams }: Forwarding): Family[] => [
  familyOf(
    {
      ...{ name: 'edge_gslb_forward_cache_bytes', kind: 'gauge' },
      help: 'Octets of forwarded replies that this isolate keeps.',
    },
    [['', bytes]],
  ),
  familyOf(
    {
      ...{ name: 'edge_gslb_forward_cache_limit_bytes', kind: 'gauge' },
      help: 'Octets of forwarded replies that an isolate keeps at most.',
    },
    [['', maxBytes]],
  ),
  familyOf(
    {
      ...{ name: 'edge_gslb_forward_upstream_up', kind: 'gauge' },
      help: '1 if an upstream has answered this isolate since it last failed; else 0.',
    },
    new Map(upstreams.map(({ host, isWell }) => [labelsOf({ upstream: host }), isWell ? 1 : 0])),
  ),
]
