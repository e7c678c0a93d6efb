import { type Algorithm, type KeySet, type StoredKey, unwrapKey } from '../dnssec/index.ts'
import { err, ok, type Result } from '../result.ts'
import { isAlgorithm } from './material.ts'
import { writePrivateFile } from './private-file.ts'

/** A file with its name. `isSecret`: it has a private key. */
export type KeyFile = { readonly name: string; readonly text: string; readonly isSecret: boolean }

export type KeyFormat = 'bind' | 'powerdns'

/**
 * Writes the own keys of a zone as BIND's `.key` and `.private`, or as `pdnsutil import-zone-key` reads them. This is
 * the one place where a private key leaves.
 */
export async function exportKeys(
  set: KeySet,
  secret: string | undefined,
  format: KeyFormat,
): Promise<Result<KeyFile[]>> {
  if (!secret)
    return err('there is no DNSSEC_SECRET, which opens the private keys; expected the one they were made with')
  const files: KeyFile[] = []
  for (const key of set.keys) {
    const { wrapped, algorithm } = key
    if (wrapped === undefined || !isAlgorithm(algorithm)) continue
    const pkcs8 = await unwrapKey(secret, { origin: set.origin, algorithm, tag: key.tag }, wrapped)
    if (!pkcs8.ok) return pkcs8
    files.push(...(await filesOf(set, key, { algorithm, pkcs8: pkcs8.value }, format)))
  }
  return ok(files)
}

async function filesOf(
  { origin, ttl }: KeySet,
  key: StoredKey,
  pair: { readonly algorithm: Algorithm; readonly pkcs8: Uint8Array<ArrayBuffer> },
  format: KeyFormat,
): Promise<KeyFile[]> {
  const { flags, algorithm, publicKey, tag } = key
  if (format === 'powerdns') {
    const role = flags === 257 ? 'ksk' : 'zsk'
    return [{ name: `${origin}.${tag}.${role}.private`, text: await writePrivateFile(pair, 'v1.2'), isSecret: true }]
  }
  const name = `K${origin}.+${String(algorithm).padStart(3, '0')}+${String(tag).padStart(5, '0')}`
  const record = `${origin}. ${ttl} IN DNSKEY ${flags} 3 ${algorithm} ${publicKey}\n`
  return [
    { name: `${name}.key`, text: record, isSecret: false },
    { name: `${name}.private`, text: (await writePrivateFile(pair, 'v1.3')) + timesOf(key), isSecret: true },
  ]
}

/** Returns BIND's times of a key: without them `dnssec-signzone -S` and `named` take it for one that is never used. */
function timesOf({ since, published, active }: StoredKey): string {
  const time = since.replace(/\D/g, '').slice(0, 14)
  const names = ['Created', ...(published ? ['Publish'] : []), ...(active ? ['Activate'] : [])]
  return names.map((name) => `${name}: ${time}\n`).join('')
}
