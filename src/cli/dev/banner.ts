import { dirname } from 'node:path'
import { formatName, TYPE, typeName } from '../../dns/index.ts'
import { DEFAULT_DOH_PATH } from '../../doh-path.ts'
import { formatAddress, parsePrefix } from '../../net/index.ts'
import type { Policy } from '../../policy/index.ts'
import type { LocalZone } from '../../zone/index.ts'
import { type CompiledFile, countTargets, plural } from '../zones/compile-files.ts'
import type { DevKey } from './key.ts'
import type { DevVars } from './vars.ts'

/**
 * Returns the list of served zones, and commands to try that are made from these zones.
 * @param vars of the Worker
 * @param key the key that the API has in this run
 */
export function banner(files: readonly CompiledFile[], url: string, vars: DevVars, key: DevKey): string {
  const dohPath = (vars.DOH_PATH ?? DEFAULT_DOH_PATH).trim()
  const width = Math.max(...files.map(({ zone }) => formatName(zone.origin).length))
  const shown = files.slice(0, SHOWN).map(({ zone, file }) => {
    return `  ${formatName(zone.origin).padEnd(width)}  serial ${zone.serial}  ${file}`
  })
  const more = files.length > SHOWN ? [`  and ${files.length - SHOWN} more`] : []
  const served = [
    `edge-gslb answers on ${url}, DNS over HTTPS at ${url}${dohPath}`,
    `The console: ${url}/console`,
    ...shown,
    ...more,
  ]
  return [
    '',
    ...served,
    '',
    ...advice(files, url, dohPath),
    ...aboutKey(url, key),
    ...aboutChecks(files, url, key),
    '',
  ].join('\n')
}

const SHOWN = 10

type Example = { readonly name: string; readonly type: string; readonly client: string }

function advice(files: readonly CompiledFile[], url: string, dohPath: string): string[] {
  const { name, type, client } = example(files.map(({ zone }) => zone))
  const plain = name.slice(0, -1)
  return [
    'Try:',
    `  curl -s '${url}/resolve?name=${plain}&type=${type}'`,
    `  curl -s '${url}/resolve?name=${plain}&type=${type}' -H 'CF-Connecting-IP: ${client}'`,
    `  npx edge-gslb explain ${plain} ${type} --client ${client}${zonesOption(files)}`,
    'kdig and dig speak DNS over HTTPS with TLS and HTTP/2 only; put a proxy in front for them:',
    `  nghttpx --conf=/dev/null --frontend='127.0.0.1,8443' --backend='${url.replace('http://', '').replace(':', ',')}' KEY.pem CERT.pem`,
    `  kdig @127.0.0.1 -p 8443 +https${dohPath === DEFAULT_DOH_PATH ? '' : `=${dohPath}`} ${plain} ${type}`,
    'Edit a zone file: it is published as you save, and answers within 2 seconds. Ctrl-C stops.',
  ]
}

/** Returns the option for a command in another terminal, which may not have ZONES in its environment. */
function zonesOption(files: readonly CompiledFile[]): string {
  const folder = dirname(files[0]?.file ?? 'zones/')
  if (folder === 'zones') return ''
  return ` --zones ${/^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`}`
}

/** Returns lines about the API and the metrics, which take a key. */
function aboutKey(url: string, key: DevKey): string[] {
  if (key.kind !== 'made') {
    return [
      `The console at ${url}/console, the API and ${url}/metrics take a key: npx edge-gslb key create NAME --scope everything`,
    ]
  }
  return [
    'The console, the API and the metrics take a key, and there was none. This one is for this run:',
    `  export EDGE_GSLB_KEY=${key.secret}`,
    `  curl -s ${url}/metrics -H "X-API-Key: $EDGE_GSLB_KEY"`,
    `  curl -s ${url}/api/v1/zones -H "X-API-Key: $EDGE_GSLB_KEY"`,
  ]
}

/** Returns lines about the checks. The API that shows their results is off without a key. */
function aboutChecks(files: readonly CompiledFile[], url: string, key: DevKey): string[] {
  const targets = countTargets(files)
  if (targets === 0) return []
  const probed = `${plural(targets, 'target')} ${targets === 1 ? 'is' : 'are'} probed; changes are printed here.`
  const command = `  npx edge-gslb status${url.endsWith(':8787') ? '' : ` --url ${url}`}`
  if (key.kind === 'given') return [`${probed} To see every state, with the same API_KEY in the environment:`, command]
  if (key.kind === 'made') return [`${probed} To see every state, with that key in the environment:`, command]
  const hint = 'To see every state, run "export EDGE_GSLB_KEY=$(npx edge-gslb key create NAME --scope read)", and'
  return [probed, hint, command]
}

/** Chooses a name to try, best one whose answer depends on the client or on chance, and a client that matters. */
function example(zones: readonly LocalZone[]): Example {
  let best: (Example & { readonly rank: number }) | undefined
  for (const zone of zones) {
    for (const node of zone.names.nodes.values()) {
      const owner = formatName(node.key)
      if (node.cut || !SIMPLE_NAME.test(owner)) continue
      for (const { type, policy } of node.rrsets) {
        const rank = RANK.findIndex((fits) => fits(policy, type))
        if (best && best.rank <= rank) continue
        best = { name: owner, type: typeName(type), client: clientOf(policy), rank }
      }
    }
  }
  return best ?? { name: 'example.com.', type: 'A', client: '192.0.2.1' }
}

/** Matches names that need no quoting in a shell or a URL. */
const SIMPLE_NAME = /^[a-z0-9_.-]+$/

const isAddress = (type: number): boolean => type === TYPE.A || type === TYPE.AAAA

/** Criteria for examples, the best first. */
const RANK: readonly ((policy: Policy, type: number) => boolean)[] = [
  (policy, type) => isAddress(type) && 'networks' in policy,
  (policy, type) => isAddress(type) && policy.kind !== 'values',
  (policy) => policy.kind !== 'values',
  (_, type) => isAddress(type),
  () => true,
]

function clientOf(policy: Policy): string {
  const network = 'networks' in policy ? parsePrefix(policy.networks.at(0) ?? '') : undefined
  if (!network?.ok) return '192.0.2.1'
  const { family, bytes, length } = network.value
  const address = Uint8Array.from(bytes)
  const last = address.length - 1
  if (length < address.length * 8) address[last] = (address[last] as number) | 1
  return formatAddress({ family, bytes: address })
}
