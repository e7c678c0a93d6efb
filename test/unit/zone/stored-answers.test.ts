import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatName } from '../../../src/dns/index.ts'
import { Health, liveOverrides } from '../../../src/health/index.ts'
import { compileZone, type LocalZone, type Step } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { answer, explain } from '../both-forms.ts'
import { places } from '../lua/support.ts'
import { CHECKS, expression, healthOf, MAPS } from '../policy/stored-arbitraries.ts'
import { address, contextOf, documentOf, ecsOption, must, queryOf, questionOf, seeded } from '../support.ts'
import { compileText } from '../zonefile/support.ts'
import { zoneText } from './arbitraries.ts'

// both-forms.ts compares: the octets of replies, traces, and explanations.

const TYPES = ['A', 'AAAA', 'TXT', 'CNAME', 'MX', 'NS', 'HTTPS', 'ANY', 'DS', 'TYPE65280']
const CLIENTS = ['192.0.2.1', '198.51.100.7', '10.1.2.3', '2001:db8::1']

const asked = fc.record({
  /** The number of a name of the zone. */
  name: fc.nat(),
  /** Labels in front of it: the name may exist or not. */
  below: fc.constantFrom('', '', 'none.', 'a.b.'),
  type: fc.constantFrom(...TYPES),
  client: fc.constantFrom(...CLIENTS),
  ecs: fc.option(fc.constantFrom('10.1.0.0/16', '198.51.100.0/24', '2001:db8::/48'), { nil: undefined }),
  seed: fc.nat(),
  explained: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
})
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never
const questions = fc.array(asked, { minLength: 5, maxLength: 15 })

/** Half of all targets are down. */
const halfUp = ({ conditions }: LocalZone): Health =>
  new Health(
    [],
    liveOverrides(
      conditions.flatMap(({ target }, i) => (i % 2 ? [{ target, force: 'down', by: 'ada', why: 'a test' }] : [])),
    ),
    1000,
  )

let replies = 0

function askBoth(zone: LocalZone, { name, below, type, client, ecs, seed, explained }: Asked, health: Health): void {
  const keys = [...zone.names.nodes.keys()]
  const qname = below + formatName(keys[name % keys.length] as string)
  if (qname.length > 200) return
  const options = ecs === undefined ? [] : [ecsOption(ecs)]
  const random = seeded(seed)
  const context = contextOf([zone], { connection: address(client), database: places, health, random })
  const trace: Step[] = []
  const answered = answer(queryOf(qname, type, { options }), context, trace)
  expect(answered.kind).toBe('reply')
  replies++
  if (!explained) return
  const question = questionOf(qname, type)
  const explaining = { name: question, type: question.type, client: address(client), ecs: undefined }
  explain(explaining, context.zones, random, health, places)
}

test('random zone files give the same replies and explanations in both forms', () => {
  replies = 0
  fc.assert(
    fc.property(zoneText({ lua: true }), questions, (text, all) => {
      const { zone } = must(compileText(text))
      for (const one of all) askBoth(zone, one, halfUp(zone))
    }),
    { numRuns: runCount(100) },
  )
  expect(replies).toBeGreaterThan(runCount(500))
})

test('random documents with policies of all kinds do so too', () => {
  replies = 0
  const answers = fc.array(expression, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(answers, questions, healthOf, (some, all, healthIn) => {
      const records = Object.fromEntries(some.map((A, i) => [`w${i}.x`, { A }]))
      const more = { '*.w0.x': { CNAME: 'w1.x' }, sub: { NS: 'w0.x' }, old: { DNAME: 'x' }, far: { ALIAS: 'w0.x' } }
      const compiled = compileZone(
        documentOf({ '@': { NS: 'ns' }, ...records, ...more }, { checks: CHECKS, maps: MAPS }),
      )
      if (!compiled.ok) return
      const { zone } = compiled.value
      for (const one of all) askBoth(zone, one, healthIn(zone))
    }),
    { numRuns: runCount(200) },
  )
  expect(replies).toBeGreaterThan(runCount(500))
})
