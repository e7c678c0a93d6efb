import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { settingsOf } from '../../src/worker/settings.ts'

const of = (variables: Record<string, string>) =>
  settingsOf({
    ...{
      GSLB: env.GSLB,
      VANTAGE: env.VANTAGE,
      ASKED: env.ASKED,
      ADOPTER: env.ADOPTER,
      LEDGER: env.LEDGER,
      MONITOR: env.MONITOR,
    },
    ...variables,
  })

describe('an invalid variable gets its default, with a problem', () => {
  test.each([
    ['PROBES_PER_ROUND', '0.5', 'PROBES_PER_ROUND is "0.5"; expected a whole number above 0, 40 is taken'],
    ['PROBES_PER_ROUND', '40.5', 'PROBES_PER_ROUND is "40.5"; expected a whole number above 0, 40 is taken'],
    ['PROBES_PER_ROUND', '0', 'PROBES_PER_ROUND is "0"; expected a whole number above 0, 40 is taken'],
    ['PROBES_PER_ROUND', 'Infinity', 'PROBES_PER_ROUND is "Infinity"; expected a whole number above 0, 40 is taken'],
    ['KV_WRITES_PER_DAY', '0.1', 'KV_WRITES_PER_DAY is "0.1"; expected a whole number above 0, 900 is taken'],
    ['REFRESH_SECONDS', '-1', 'REFRESH_SECONDS is "-1"; expected a number above 0, 30 is taken'],
    ['REFRESH_SECONDS', 'Infinity', 'REFRESH_SECONDS is "Infinity"; expected a number above 0, 30 is taken'],
  ])('%s = %s', (name, text, problem) => {
    const { problems, probesPerRound, writesPerDay, refreshMs } = of({ [name]: text })
    expect(problems).toEqual([problem])
    expect([probesPerRound, writesPerDay, refreshMs]).toEqual([40, 450, 30_000])
  })
  test.each([
    ['PROBES_PER_ROUND', '1', 'probesPerRound', 1],
    ['PROBES_PER_ROUND', '9000', 'probesPerRound', 9000],
    ['REFRESH_SECONDS', '0.5', 'refreshMs', 500],
    ['KV_WRITES_PER_DAY', '1000000', 'writesPerDay', 500_000],
  ] as const)('%s = %s is valid', (name, text, field, value) => {
    const settings = of({ [name]: text })
    expect([settings.problems, settings[field]]).toEqual([[], value])
  })
})

test.each([
  ['', 'free', []],
  ['free', 'free', []],
  ['paid', 'paid', []],
  ['Paid', 'free', ['PLAN is "Paid"; expected "free" or "paid", "free" is taken']],
])('the plan "%s" is %s', (PLAN, plan, problems) => {
  expect(of({ PLAN })).toMatchObject({ plan, problems })
})

describe('CLIENT_SUBNET: the networks whose options are believed', () => {
  test.each([undefined, '', 'on'])('%s is all networks', (text) => {
    const { clientSubnet, problems } = of(text === undefined ? {} : { CLIENT_SUBNET: text })
    expect([clientSubnet, problems]).toEqual(['on', []])
  })
  test.each(['yes', 'ON', '192.0.2.0/33', 'on, 192.0.2.0/24'])('%s is invalid: no network, with a problem', (text) => {
    const { clientSubnet, problems } = of({ CLIENT_SUBNET: text })
    expect(clientSubnet).toBe('off')
    expect(problems).toEqual([expect.stringMatching(/^CLIENT_SUBNET: .*; expected .*; nobody is believed$/)])
  })
  test('networks', () => {
    expect(of({ CLIENT_SUBNET: '192.0.2.0/24 2001:db8::/32' })).toMatchObject({
      clientSubnet: [{ length: 24 }, { length: 32 }],
      problems: [],
    })
  })
})

describe('secrets that are easy to guess', () => {
  test.each(['k', 'fifteen letters'])('the API key "%s" is accepted, with a problem', (key) => {
    const { apiKey, problems } = of({ API_KEY: key })
    expect(apiKey).toBe(key)
    expect(problems).toEqual([expect.stringMatching(/^API_KEY is so short .* expected at least 16 characters/)])
    expect(problems.join()).not.toContain(`"${key}"`)
  })
  test.each(['sixteen letters.', undefined])('the API key %s causes no problem', (key) => {
    expect(of(key === undefined ? {} : { API_KEY: key })).toMatchObject({ apiKey: key, problems: [] })
  })
  test('a short secret of an agent is refused', () => {
    const { agents, problems } = of({ AGENT_KEYS: '{"a":"fifteen letters","b":"sixteen letters."}' })
    expect([...agents.keys()]).toEqual(['b'])
    expect(problems).toEqual(['AGENT_KEYS has no secret of at least 16 characters for "a"; it is left out'])
  })
})
