/** Returns the UUID of a name that is a URL: version 5, in the namespace of URLs (RFC 9562 §5.5, §6.6). */
export async function uuidOf(url: string): Promise<string> {
  const name = new TextEncoder().encode(url)
  const hashed = new Uint8Array(URL_NAMESPACE.length + name.length)
  hashed.set(URL_NAMESPACE)
  hashed.set(name, URL_NAMESPACE.length)
  const octets = new Uint8Array(await crypto.subtle.digest('SHA-1', hashed)).subarray(0, 16)
  octets[6] = ((octets[6] as number) & 0x0f) | 0x50
  octets[8] = ((octets[8] as number) & 0x3f) | 0x80
  const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toUpperCase()
}

const URL_NAMESPACE = Uint8Array.of(
  ...[0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1],
  ...[0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8],
)
