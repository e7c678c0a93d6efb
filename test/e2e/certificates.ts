import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './processes.ts'

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2']
const LOOPBACK = 'subjectAltName=DNS:localhost,IP:127.0.0.1'

/** Files in PEM. */
type Certified = { readonly key: string; readonly certificate: string }

/** Makes a key and a certificate for loopback, which is its own authority. */
export async function selfSigned(folder: string): Promise<Certified> {
  const key = join(folder, 'key.pem')
  const certificate = join(folder, 'certificate.pem')
  const subject = ['-subj', '/CN=localhost', '-addext', LOOPBACK]
  await openssl('req', '-x509', ...EC, '-keyout', key, '-out', certificate, ...subject)
  return { key, certificate }
}

/**
 * Makes a key and a certificate for loopback, and an authority that issued it: browsers take no server for an
 * authority.
 */
export async function issued(folder: string): Promise<Certified & { readonly authority: string }> {
  const path = (name: string): string => join(folder, name)
  const [key, request, certificate] = [path('key.pem'), path('request.pem'), path('certificate.pem')]
  const [authorityKey, authority, extensions] = [path('authority-key.pem'), path('authority.pem'), path('extensions')]
  writeFileSync(extensions, `${LOOPBACK}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n`)
  const made = ['-subj', '/CN=edge-gslb test authority', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']
  await openssl('req', '-x509', ...EC, '-keyout', authorityKey, '-out', authority, ...made)
  await openssl('req', ...EC.slice(0, -2), '-keyout', key, '-out', request, '-subj', '/CN=localhost')
  const by = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial', '-extfile', extensions, '-days', '2']
  await openssl('x509', '-req', '-in', request, '-out', certificate, ...by)
  return { key, certificate, authority }
}

async function openssl(...args: readonly string[]): Promise<void> {
  const { status, stderr } = await run('openssl', args)
  if (status !== 0) throw new Error(stderr)
}
