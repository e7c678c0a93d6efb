import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { VERSION } from '../../../src/version.ts'
import { commandLines, whyRefused } from './command-line.ts'

const FOLDER = 'examples/github-actions'
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'))

type Step = { readonly uses?: string; readonly run?: string; readonly env?: Readonly<Record<string, string>> }
type Job = {
  readonly 'timeout-minutes': number
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: string
  readonly steps: readonly Step[]
}
type Workflow = {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

test('there is a workflow', () => {
  expect(files).toEqual(['zones.yml'])
})

describe.each(files)('workflow %s', (name) => {
  const text = readFileSync(`${FOLDER}/${name}`, 'utf8')
  // `strict` and `uniqueKeys` refuse what a reader of YAML may take for another thing.
  const workflow: Workflow = parse(text, { strict: true, uniqueKeys: true })
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps)
  const lines = steps.flatMap(({ run = '' }) => commandLines(run))

  test('plans on a pull request and publishes on merge, each through the API', () => {
    expect(Object.keys(workflow.on)).toEqual(['pull_request', 'push'])
    const commandsOf = (job: string): string[] =>
      (workflow.jobs[job]?.steps ?? []).flatMap(({ run = '' }) => commandLines(run).map(([command = '']) => command))
    expect([commandsOf('plan'), commandsOf('publish')]).toEqual([['check', 'plan'], ['publish']])
    expect(lines.filter((args) => args.includes('--to'))).toHaveLength(2)
  })

  test.each(lines.map((args) => [args.join(' '), args] as const))(
    'the command accepts edge-gslb %s',
    async (_, args) => {
      expect(await whyRefused(args)).toBeUndefined()
    },
  )

  test('installs this version, and pins each action to a commit', () => {
    expect([...text.matchAll(/edge-gslb@(\S+)/g)].map(([, version]) => version)).toEqual([VERSION, VERSION])
    for (const line of text.split('\n').filter((line) => /\buses:/.test(line)))
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test('keeps the key that writes away from pull requests, and off command lines', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    const ofPlan = JSON.stringify(workflow.jobs.plan)
    expect(ofPlan).not.toContain('secrets.EDGE_GSLB_KEY')
    expect(workflow.jobs.plan?.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' })
    expect(workflow.jobs.publish?.environment).toBe('production')
    for (const { run = '' } of steps) expect(run).not.toMatch(/\$\{\{|KEY/)
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(15)
  })
})
