import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { EVENTS, logEvent } from '../../src/events.ts'

/** The rows of the table of events in docs/operations.md: name, level and fields. */
const documented = (): string[][] =>
  readFileSync('docs/operations.md', 'utf8')
    .split('## Logs')[1]
    ?.split('\n## ')[0]
    ?.split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').slice(0, 3))
    .map(([name, level, fields]) => [
      String(name).replace(/[|` ]/g, ''),
      String(level),
      String(fields).replaceAll('`', ''),
    ]) ?? []

test('docs/operations.md lists exactly the events of the log, with their levels and fields', () => {
  const known = Object.entries(EVENTS).map(([name, { level, fields }]) => [name, level, Object.keys(fields).join(', ')])
  expect(documented()).toEqual(known.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
})

test('an event is one line of JSON at its level', () => {
  const lines: string[] = []
  const spies = (['log', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(`${level} ${line}`)),
  )
  try {
    logEvent({ event: 'zone-loaded', zone: 'example.com' })
    logEvent({ event: 'zone-failed', zone: 'example.com', why: 'a\nb' })
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  expect(lines).toEqual([
    'log {"event":"zone-loaded","zone":"example.com"}',
    'error {"event":"zone-failed","zone":"example.com","why":"a\\nb"}',
  ])
})

test('the Worker writes to its log through events alone', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('cli') && file !== 'events.ts')
    .filter((file) =>
      /\bconsole\.(?!ts\b)\w/.test(readFileSync(join('src', file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    )
  expect(files).toEqual([])
})
