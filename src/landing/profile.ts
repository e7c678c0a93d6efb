import type { DohServer } from './doh-server.ts'
import { uuidOf } from './uuid.ts'

/**
 * Returns a configuration profile of Apple's for an endpoint, a property list in XML (Device Management: TopLevel,
 * DNSSettings). Its URL is https, since devices take no other. The UUIDs follow from the URL and the identifiers from
 * the host, so that a profile for another token replaces the one before.
 */
export async function profileOf({ host, path }: Pick<DohServer, 'host' | 'path'>): Promise<string> {
  const url = `https://${host}${path}`
  const [profile, settings] = await Promise.all([uuidOf(`${url}#profile`), uuidOf(`${url}#dns`)])
  const name = `DNS over HTTPS (${host})`
  const identifier = `edge-gslb.${host.replaceAll(/[^a-z0-9.-]/g, '-')}`
  return plist({
    PayloadContent: [
      {
        DNSSettings: { DNSProtocol: 'HTTPS', ServerURL: url },
        PayloadDisplayName: name,
        PayloadIdentifier: `${identifier}.dns`,
        PayloadType: 'com.apple.dnsSettings.managed',
        PayloadUUID: settings,
        PayloadVersion: 1,
      },
    ],
    PayloadDescription: `Sends the DNS queries of this device to ${url}`,
    PayloadDisplayName: name,
    PayloadIdentifier: identifier,
    PayloadType: 'Configuration',
    PayloadUUID: profile,
    PayloadVersion: 1,
  })
}

type Value = string | number | readonly Value[] | { readonly [key: string]: Value }

/** Writes an XML property list (Apple's DTD PropertyList 1.0). */
const plist = (value: Value): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    ...lines(value),
    '</plist>',
    '',
  ].join('\n')

function lines(value: Value): string[] {
  if (typeof value === 'string') return [`<string>${escapeXml(value)}</string>`]
  if (typeof value === 'number') return [`<integer>${value}</integer>`]
  if (isList(value)) return ['<array>', ...value.flatMap(lines).map(indented), '</array>']
  const entries = Object.entries(value).flatMap(([key, inner]) => [`<key>${escapeXml(key)}</key>`, ...lines(inner)])
  return ['<dict>', ...entries.map(indented), '</dict>']
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

const indented = (line: string): string => `  ${line}`

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
