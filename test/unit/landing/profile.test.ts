import { expect, test } from 'vitest'
import { profileOf } from '../../../src/landing/profile.ts'
import { uuidOf } from '../../../src/landing/uuid.ts'

test('a UUID is that of version 5 in the namespace of URLs', async () => {
  // Python's uuid.uuid5(uuid.NAMESPACE_URL, …)
  expect(await uuidOf('https://dns.example.net/dns-query#dns')).toBe('40BCC496-AEFA-52F4-A7BB-522FD86F1E4A')
})

test('a profile is the same each time, another one for another host or path, and replaces that of another token', async () => {
  const profile = await profileOf({ host: 'dns.example.net:8443', path: '/dns-query' })
  expect(await profileOf({ host: 'dns.example.net:8443', path: '/dns-query' })).toBe(profile)
  const uuids = (text: string) => new Set(text.match(/[0-9A-F]{8}-[0-9A-F-]{27}/g))
  const identifiers = (text: string) => text.match(/<key>PayloadIdentifier<\/key>\n *<string>[^<]*/g)
  expect(uuids(profile).size).toBe(2)
  const withToken = await profileOf({ host: 'dns.example.net:8443', path: '/dns-query/token' })
  expect(new Set([...uuids(profile), ...uuids(withToken)]).size).toBe(4)
  expect(identifiers(withToken)).toEqual(identifiers(profile))
  const elsewhere = await profileOf({ host: 'dns.example.com', path: '/dns-query' })
  expect(identifiers(elsewhere)).not.toEqual(identifiers(profile))
})

test('the URL is https, and markup in it is text', async () => {
  const profile = await profileOf({ host: '127.0.0.1:8787', path: '/a<b>&c' })
  expect(profile).toContain('<key>ServerURL</key>\n        <string>https://127.0.0.1:8787/a&lt;b&gt;&amp;c</string>')
  expect(profile).not.toContain('<b>')
})
