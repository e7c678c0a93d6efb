import { MAX_ALERT_MS } from '../limits.ts'
import { type EventName, isRefused, type Kind, rowOf } from './events.ts'
import { type Item, type Message, messageJson } from './message.ts'
import type { Receiver } from './receivers.ts'
import type { About } from './subject.ts'
import { iso, sentenceOf, short } from './text.ts'

/**
 * Returns the bodies of the requests that tell a receiver of a message: mostly one; none if it does not want it, or its
 * format has no place for it.
 */
export function bodiesOf(message: Message, receiver: Pick<Receiver, 'format' | 'on' | 'routingKey'>): string[] {
  const isWanted = receiver.on.has(message.event)
  switch (receiver.format) {
    case 'json':
      return isWanted ? [JSON.stringify(messageJson(message))] : []
    case 'slack':
      return isWanted ? [JSON.stringify({ text: slackText(message.text) })] : []
    case 'discord':
      return isWanted ? [discordBody(message.text)] : []
    case 'pagerduty':
      return pagerdutyBodies(message, isWanted, receiver.routingKey ?? '')
    case 'alertmanager':
      return alertmanagerBodies(message, isWanted)
  }
}

/** Slack reads these characters as the beginning of links and mentions. */
const slackText = (text: string): string =>
  short(text, 3000).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Discord takes 2,000 characters. Nobody is mentioned, whatever a target's error says. */
const discordBody = (text: string): string =>
  JSON.stringify({ content: short(text, 1900), allowed_mentions: { parse: [] } })

/**
 * PagerDuty's Events v2: an incident has one key from its beginning to its end. It ends with the last of what it began
 * with, and also for a receiver that does not ask for the event of the end.
 */
function pagerdutyBodies(message: Message, isWanted: boolean, routingKey: string): string[] {
  const { event, at, text } = message
  const { grade, kind } = rowOf(event)
  return message.incidents.flatMap(({ name, isOver }) => {
    const common = { routing_key: routingKey, dedup_key: name }
    if (isOver) return [JSON.stringify({ ...common, event_action: 'resolve' })]
    // The rest of the incident goes on, or a grave one has become a light one that is not wanted.
    if (grade === 'end' || grade === 'news' || !isWanted) return []
    const { text: _, ...details } = messageJson(message)
    const payload = {
      ...{ summary: short(text, 1000), source: details.zone ?? 'edge-gslb', severity: grade, timestamp: iso(at) },
      ...{ component: details.check ?? details.pool ?? details.vantage, group: details.zone, class: kind },
      custom_details: details,
    }
    return [JSON.stringify({ ...common, event_action: 'trigger', payload, client: 'edge-gslb' })]
  })
}

/** Alertmanager's alerts: one for each change. An alert ends under the labels that it began with. */
function alertmanagerBodies({ event, at, items }: Message, isWanted: boolean): string[] {
  const { kind } = rowOf(event)
  const alerts = items.flatMap(({ from, to, about }: Item) => {
    const [before, after] = [alertName(kind, from), alertName(kind, to)]
    const ended = before && before !== after ? [alert(before, kind, event, about, { endsAt: iso(at) })] : []
    const times = { startsAt: iso(Math.min(about.since ?? at, at)), endsAt: iso(at + MAX_ALERT_MS) }
    return after && isWanted ? [...ended, alert(after, kind, event, about, times)] : ended
  })
  return alerts.length > 0 ? [JSON.stringify(alerts)] : []
}

/** Returns the name of the alert for a state; undefined for one that is no trouble. */
function alertName(kind: Kind, state: string): string | undefined {
  switch (kind) {
    case 'target':
      return state === 'down' ? 'EdgeGslbTargetDown' : undefined
    case 'pool':
      if (state === 'degraded') return 'EdgeGslbPoolDegraded'
      return state === 'down' ? 'EdgeGslbPoolDown' : undefined
    case 'vantage':
      return state === 'silent' ? 'EdgeGslbVantageSilent' : undefined
    case 'guard':
      return state === 'holding' ? 'EdgeGslbGuardHolds' : undefined
    case 'override':
      return state === 'active' ? 'EdgeGslbOverride' : undefined
    case 'zone':
      return isRefused(state) ? 'EdgeGslbZoneRefused' : undefined
  }
}

const SEVERITY: Readonly<Record<string, string>> = {
  EdgeGslbPoolDegraded: 'warning',
  EdgeGslbPoolDown: 'critical',
  EdgeGslbGuardHolds: 'critical',
  EdgeGslbOverride: 'info',
}

function alert(name: string, kind: Kind, event: EventName, about: About, times: object): object {
  const { zone, check, target, pool, vantage, override } = about
  const named = kind === 'override' ? { override } : { zone, check, target, pool, vantage }
  const labels = Object.entries(named).flatMap(([label, value]) =>
    value === undefined ? [] : [[label, short(value)] as const],
  )
  return {
    labels: { alertname: name, severity: SEVERITY[name] ?? 'error', ...Object.fromEntries(labels) },
    annotations: { summary: sentenceOf(event, about) },
    ...times,
  }
}

/** Returns the bodies of a test. What it begins ends at once. */
export function testBodies(at: number, id: string, { format, routingKey = '' }: Receiver): string[] {
  const text = 'this is a test of edge-gslb: nothing has happened'
  switch (format) {
    case 'json':
      return [JSON.stringify({ event: 'test', at: iso(at), text })]
    case 'slack':
      return [JSON.stringify({ text })]
    case 'discord':
      return [discordBody(text)]
    case 'pagerduty': {
      const payload = { summary: text, source: 'edge-gslb', severity: 'info', timestamp: iso(at) }
      const common = { routing_key: routingKey, dedup_key: id }
      return [
        JSON.stringify({ ...common, event_action: 'trigger', payload, client: 'edge-gslb' }),
        JSON.stringify({ ...common, event_action: 'resolve' }),
      ]
    }
    case 'alertmanager':
      return [
        JSON.stringify([
          {
            labels: { alertname: 'EdgeGslbTest', severity: 'info' },
            annotations: { summary: text },
            ...{ startsAt: iso(at), endsAt: iso(at + TEST_ALERT_MS) },
          },
        ]),
      ]
  }
}

const TEST_ALERT_MS = 60_000
