import { describe, expect, test } from 'vitest'
import { formatChecks, parseChecks } from '../../../src/store/checks.ts'
import { compileZone } from '../../../src/zone/index.ts'
import { must } from '../must.ts'
import { documentOf, zoneOf } from '../support.ts'

const withNotify = (notify: unknown) => documentOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } }, { notify })

/** Returns the errors of a document, each as `path: message`. */
function errorsOf(notify: unknown): string[] {
  const compiled = compileZone(withNotify(notify))
  return compiled.ok ? [] : compiled.error.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('notify in a zone document', () => {
  test.each([
    [[{ url: 'https://example.com/hook?a=b', format: 'json', hold: 60, on: ['pool-down', 'pool-restored'] }]],
    [
      [
        { url: '$SLACK_URL', format: 'slack' },
        { url: '$HOOK', format: 'json', secret: '$HOOK_SECRET' },
      ],
    ],
    [[{ format: 'pagerduty', routingKey: '$PAGERDUTY' }]],
    [[{ url: 'https://events.eu.pagerduty.com/v2/enqueue', format: 'pagerduty', routingKey: '$PAGERDUTY' }]],
    [[{ url: 'http://10.0.0.7:9093', format: 'alertmanager' }]],
    [[{ url: 'http://[::1]:9093', format: 'alertmanager' }]],
    [[]],
  ])('%j is right', (notify) => {
    expect(errorsOf(notify)).toEqual([])
  })

  test.each([
    [{}, /^notify: an object is not valid here; expected a list of receivers/],
    [
      [{ url: 'https://example.com', format: 'json', secret: 'literal' }],
      /^notify\.0\.secret: a secret stands literally/,
    ],
    [[{ format: 'pagerduty', routingKey: 'abc' }], /^notify\.0\.routingKey: a secret stands literally/],
    [[{ url: 'https://hooks.slack.com/services/T0/B0/x', format: 'slack' }], /^notify\.0\.url: the URL is a secret/],
    [[{ url: 'https://discord.com/api/webhooks/1/x', format: 'discord' }], /^notify\.0\.url: the URL is a secret/],
    [[{ url: 'https://discord.com/api/v10/webhooks/1/x', format: 'discord' }], /the URL is a secret/],
    [[{ url: 'https://u:p@example.com/', format: 'json' }], /has a user or a password/],
    [[{ url: 'http://example.com/', format: 'json' }], /example\.com is reached without TLS; expected https:/],
    [[{ url: 'https://evil.example/', format: 'pagerduty', routingKey: '$KEY' }], /would learn the routing key/],
    [[{ url: 'http://10.0.0.9/', format: 'pagerduty', routingKey: '$SLACK_URL' }], /would learn the routing key/],
    [[{ url: '$ANALYTICS_TOKEN', format: 'json' }], /is a secret of the Worker itself/],
    [[{ url: '$DNSSEC_SECRET', format: 'json' }], /is a secret of the Worker itself/],
    [[{ url: '$a b', format: 'json' }], /names no secret/],
    [[{ url: 'hook', format: 'json' }], /"hook" is not a URL; expected one like/],
    [[{ url: 'https://example.com', format: 'json', on: [] }], /^notify\.0\.on: .*expected at least one event/],
    [[{ url: 'https://example.com', format: 'json', on: ['pool-dwn'] }], /expected "pool-down"/],
    [[{ url: 'https://example.com', format: 'json', colour: 1 }], /unknown field "colour"/],
    [[{ url: 'https://example.com', format: 'json', hold: 1.5 }], /^notify\.0\.hold: .*expected whole seconds/],
    [Array(17).fill({ url: 'https://example.com', format: 'json' }), /^notify: .*expected at most 16 receivers/],
  ])('%j is an error', (notify, message) => {
    const errors = errorsOf(notify)
    expect(errors).toEqual([expect.stringMatching(message)])
    expect(errors.join()).not.toMatch(/services\/T0|webhooks\/1|literal"/)
  })

  test('goes to the cron with the checks, and to no query', () => {
    const notify = [{ url: '$SLACK_URL', format: 'slack' }]
    const zone = zoneOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } }, { notify })
    const text = formatChecks(zone) ?? ''
    expect(must(parseChecks(text, 'example.com')).notify).toEqual(notify)
    expect(formatChecks(zoneOf({ '@': { NS: 'ns' }, ns: { A: '192.0.2.1' } }, { notify: [] }))).toBeUndefined()
  })

  test('of a later version does not cost the checks of this one', () => {
    const zone = zoneOf({ '@': { NS: 'ns' } }, { notify: [{ url: '$SLACK_URL', format: 'slack' }] })
    const text = (formatChecks(zone) ?? '').replace('"slack"', '"smoke"')
    expect(must(parseChecks(text, 'example.com')).notify).toEqual([])
  })
})
