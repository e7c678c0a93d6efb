import type { EventName, Events } from './events.ts'

/** All possible fields of each event. They stand apart from events.ts, since no Worker needs them. */
export const EVENT_FIELDS: {
  readonly [Name in EventName]: { readonly [Field in keyof Events[Name]]-?: true }
} = {
  'adoption-failed': { why: true },
  'adoption-waits': { zone: true, why: true },
  'aliases-failed': { why: true },
  'aliases-resolved': { names: true, asked: true, saved: true },
  'api-failed': { why: true },
  'api-key-guessed': { wrong: true, last: true },
  'api-write': { key: true, method: true, path: true, status: true },
  'asked-failed': { why: true },
  'asked-full': { zone: true, why: true },
  'bad-setting': { why: true },
  'catalog-failed': { why: true },
  error: { why: true, stack: true },
  'geo-failed': { why: true },
  'geo-loaded': { key: true },
  'health-failed': { vantage: true, why: true },
  'keys-failed': { zone: true, why: true },
  'ledger-failed': { zone: true, why: true },
  'overrides-failed': { why: true },
  probed: { at: true, ms: true, due: true, probed: true, left: true, changed: true, saved: true },
  reconciled: { added: true, changed: true, missing: true, removed: true, refused: true },
  'region-failed': { region: true, why: true },
  'round-failed': { region: true, why: true },
  'tick-failed': { why: true },
  'zone-failed': { zone: true, why: true },
  'zone-loaded': { zone: true },
}
