/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import { PROFILE_SUFFIX } from '../profile-suffix.ts'
import type { DohServer } from './doh-server.ts'
import { Fill, Line } from './line.tsx'
import { stampOf } from './stamp.ts'
import type { TestQuestion } from './test-question.ts'

type Client = { readonly id: string; readonly title: string; readonly body: Child }

/** Returns the instructions for each client, in the order of the page. */
export const clientsOf = (endpoint: DohServer, question: TestQuestion): readonly Client[] => [
  { id: 'firefox', title: 'Firefox', body: firefox(endpoint) },
  { id: 'chrome', title: 'Chrome, Edge, Brave', body: chrome(endpoint) },
  { id: 'windows', title: 'Windows', body: windows(endpoint) },
  { id: 'apple', title: 'macOS, iOS, iPadOS', body: apple(endpoint) },
  { id: 'linux', title: 'Linux', body: linux(endpoint) },
  { id: 'command-line', title: 'curl and kdig', body: commandLine(endpoint, question) },
]

const firefox = (endpoint: DohServer) => (
  <>
    <p>
      In Settings, “Privacy &amp; Security”, “DNS over HTTPS”, choose “Max Protection”, then “Custom” as the provider,
      and paste:
    </p>
    <Line id="firefox-url" label="Custom provider" fill="url">
      {endpoint.url}
    </Line>
    <p>For many machines put the same into user.js of the profile. Mode 3 is DNS over HTTPS alone.</p>
    <Line id="firefox-prefs" label="user.js">
      {'user_pref("network.trr.mode", 3);\nuser_pref("network.trr.uri", "'}
      <Url endpoint={endpoint} />
      {'");'}
    </Line>
  </>
)

const chrome = (endpoint: DohServer) => (
  <>
    <p>
      In Settings, “Privacy and security”, “Security”, turn “Use secure DNS” on, choose a custom provider, and paste the
      template. Edge has it in “Privacy, search, and services”. Chrome for Android has the same setting.
    </p>
    <Line id="chrome-template" label="Custom provider">
      <Template endpoint={endpoint} />
    </Line>
    <p>For many machines set policies:</p>
    <Line id="chrome-policy" label="Managed policy, as JSON">
      {'{ "DnsOverHttpsMode": "secure", "DnsOverHttpsTemplates": "'}
      <Template endpoint={endpoint} />
      {'" }'}
    </Line>
  </>
)

const windows = (endpoint: DohServer) => (
  <>
    <p>
      Windows 11 and Server 2022 know a DNS server by its address. Run this in PowerShell as administrator, with the
      name of your network interface in place of Wi-Fi. Run it again if the host's address changes.
    </p>
    <Line id="windows-powershell" label="PowerShell">
      {`$ip = (Resolve-DnsName '${endpoint.hostname}' -Type A | Where-Object Type -eq 'A' | Select-Object -First 1).IPAddress\n`}
      {"Add-DnsClientDohServerAddress -ServerAddress $ip -DohTemplate '"}
      <Url endpoint={endpoint} />
      {"' -AllowFallbackToUdp $false -AutoUpgrade $true\n"}
      {"Set-DnsClientServerAddress -InterfaceAlias 'Wi-Fi' -ServerAddresses $ip"}
    </Line>
  </>
)

const apple = ({ path }: DohServer) => (
  <>
    <p>
      iOS 14, iPadOS 14, macOS 11 and later take a profile. Open the link on the device, then allow the profile in
      Settings: “General”, “VPN &amp; Device Management” on iOS and iPadOS, “General”, “Device Management” on macOS. It
      is not signed, and the device says so.
    </p>
    <p>
      <a class="button" id="profile" href={`${path}${PROFILE_SUFFIX}`}>
        Profile for this endpoint
      </a>
    </p>
  </>
)

const linux = (endpoint: DohServer) => (
  <>
    <p>
      systemd-resolved cannot do it: it speaks DNS over TLS, and not over HTTPS. dnscrypt-proxy listens on this machine,
      and asks over HTTPS. Put this into dnscrypt-proxy.toml:
    </p>
    <Line id="linux-dnscrypt" label="dnscrypt-proxy.toml">
      {"server_names = ['edge-gslb']\n\n[static.'edge-gslb']\nstamp = '"}
      <Fill kind="stamp">{stampOf(endpoint)}</Fill>
      {"'"}
    </Line>
    <p>Other clients that read DNS stamps take it alone:</p>
    <Line id="linux-stamp" label="DNS stamp" fill="stamp">
      {stampOf(endpoint)}
    </Line>
  </>
)

function commandLine(endpoint: DohServer, { name, type }: TestQuestion): Child {
  const { hostname, port, path } = endpoint
  return (
    <>
      <Line id="curl-json" label="curl: the answer as JSON">
        {"curl -s -H 'Accept: application/dns-json' '"}
        <Url endpoint={endpoint} />
        {`?name=${encodeURIComponent(name).replaceAll("'", '%27')}&type=${type}'`}
      </Line>
      <Line id="curl-doh" label="curl: a page whose host is looked up here">
        {"curl --doh-url '"}
        <Url endpoint={endpoint} />
        {`' https://${/^[a-z0-9._-]+$/i.test(name) ? name : 'example.com'}/`}
      </Line>
      <Line id="kdig" label="kdig">
        {`kdig @${hostname}${port ? ` -p ${port}` : ''} +https=`}
        <Fill kind="path">{path}</Fill>
        {` ${quoted(name)} ${type}`}
      </Line>
    </>
  )
}

const Url = ({ endpoint: { url } }: { readonly endpoint: DohServer }) => <Fill kind="url">{url}</Fill>

/** A URI template (RFC 8484 §3): with the variable clients send GET, which HTTP caches keep. */
const Template = ({ endpoint }: { readonly endpoint: DohServer }) => (
  <>
    <Url endpoint={endpoint} />
    {'{?dns}'}
  </>
)

/** Quotes a text for a shell, where that is needed. */
const quoted = (text: string): string => (/^[a-z0-9._-]+$/i.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
