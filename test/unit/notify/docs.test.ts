import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as limits from '../../../src/limits.ts'
import { EVENT_NAMES, FORMATS } from '../../../src/notify/index.ts'
import { OWN_SECRETS } from '../../../src/own-secrets.ts'
import { zoneOf } from '../support.ts'

const page = readFileSync('docs/notifications.md', 'utf8')

test('docs/notifications.md lists exactly the events', () => {
  const [table = ''] = page.split('## Events')[1]?.split('\n- ') ?? []
  expect(Array.from(table.matchAll(/^\| `([a-z-]+)` \|/gm), ([, name]) => name)).toEqual(EVENT_NAMES)
})

test('docs/notifications.md describes each format', () => {
  for (const format of FORMATS) expect(page).toContain(`**\`${format}\`**`)
})

test('docs/notifications.md lists the secrets that cannot be named', () => {
  const [, list = ''] = /the secrets of the Worker itself \(([^)]*)\)/.exec(page) ?? []
  expect(list).toBe([...OWN_SECRETS.map(({ name }) => name), 'UPSTREAMS'].map((name) => `\`${name}\``).join(', '))
})

test('the example of docs/notifications.md is right', () => {
  const [, text = '{}'] = /```json\n([\s\S]*?)```/.exec(page) ?? []
  const { notify } = JSON.parse(text)
  expect(zoneOf({ '@': { NS: 'ns' } }, { notify }).notify).toEqual(notify)
})

test('the bounds of docs/notifications.md are those of the code', () => {
  const { MAX_RECEIVERS, MAX_WAITING, MAX_ALL_WAITING, MAX_RECORD_ROWS, MAX_RECORDED_TARGETS, MAX_EVENT_REPLY } = limits
  const numbers = [MAX_ALL_WAITING, MAX_RECORD_ROWS, MAX_RECORDED_TARGETS, MAX_EVENT_REPLY]
  for (const number of numbers) expect(page).toContain(number.toLocaleString('en'))
  expect(page).toContain(`at most ${MAX_RECEIVERS} receivers`)
  expect(page).toContain(`At most ${MAX_WAITING} wait`)
  const { MESSAGE_BURST, MESSAGE_REFILL_MS, NOTIFY_RETRY_SECONDS, GATHER_MS } = limits
  expect(page).toContain(`at most ${MESSAGE_BURST + 600_000 / MESSAGE_REFILL_MS} messages of each event`)
  expect(page).toContain(`Changes within ${GATHER_MS / 1000} s`)
  const minutes = NOTIFY_RETRY_SECONDS.filter((seconds) => seconds >= 60).map((seconds) => seconds / 60)
  expect(page).toContain(`after 5 s, 15 s, ${minutes.slice(0, -1).join(', ')} and ${minutes.at(-1)} minutes`)
})
