import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, ready, start, temporaryFolder } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
const folder = temporaryFolder()
const project = join(folder.path, 'project')

type Finished = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** The folders of the path outside the clone: npm puts the Node 24 of the devDependencies in front of them. */
const systemPath = (process.env.PATH ?? '').split(delimiter).filter((one) => !one.includes('node_modules'))

const versionOf = (node: string): string => spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()

/** The oldest available Node. The system's may be version 20, which the package supports. */
const nodeFolder =
  systemPath.find((one) => existsSync(join(one, 'node')) && existsSync(join(one, 'npx'))) ?? dirname(process.execPath)
const nodeVersion = versionOf(join(nodeFolder, 'node'))

/** Runs a command in the project, without the clone in its environment. */
async function inProject(command: string, args: readonly string[], nodes = nodeFolder): Promise<Finished> {
  const env = { HOME: process.env.HOME ?? '/tmp', PATH: [nodes, ...systemPath].join(delimiter) }
  const child = spawn(command, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const finished = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      finished[name] += text
    })
  }
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, ...finished }
}

const edgeGslb = (...args: readonly string[]) => inProject('npx', ['--no-install', 'edge-gslb', ...args])

beforeAll(async () => {
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  const packed = spawnSync('npm', ['pack', '--pack-destination', folder.path], { cwd: ROOT, encoding: 'utf8' })
  if (packed.status !== 0) throw new Error(packed.stderr)
  const tarball = readdirSync(folder.path).find((name) => name.endsWith('.tgz')) as string
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder.path, tarball)]
  const installed = await inProject('npm', args)
  if (installed.status !== 0) throw new Error(installed.stderr)
})
afterAll(() => folder.remove())

describe(`the package that npm pack makes, in an empty folder under Node ${nodeVersion}`, () => {
  test('contains what the command needs, and neither wrangler nor a Node', () => {
    const packages = readdirSync(join(project, 'node_modules'))
    expect(packages).toContain('commander')
    expect(packages.filter((name) => ['wrangler', 'node', 'esbuild', 'typescript'].includes(name))).toEqual([])
    expect(readdirSync(join(project, 'node_modules/edge-gslb')).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'docs',
      'examples',
      'package.json',
      'src',
      'wrangler.toml',
    ])
  })

  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(await edgeGslb('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('init writes a starter for a project, once', async () => {
    const first = await edgeGslb('init', '--task', 'failover')
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(first.stdout).toContain('wrote zones/example.com.zone\nwrote wrangler.toml\n')
    const second = await edgeGslb('init', '--task', 'failover')
    expect(second).toMatchObject({ status: 1, stdout: '' })
    expect(second.stderr).toContain('zones/example.com.test.json exists already')
  })

  test('check and explain read it, and export writes it', async () => {
    const checked = await edgeGslb('check', '--strict', 'zones')
    expect(checked).toMatchObject({ status: 0, stderr: '' })
    const args = ['www.example.com', '--client', '192.0.2.1', '--up', '192.0.2.11:443', '--json']
    const { status, stdout } = await edgeGslb('explain', ...args)
    expect(status).toBe(0)
    expect(JSON.parse(stdout).answers).toMatchObject([{ data: '192.0.2.11', probability: '1' }])
    expect((await edgeGslb('export', 'example.com')).stdout).toContain('ifportup')
  })

  test.each([['publish'], ['publish --remote'], ['dev']])(
    '%s without wrangler prints what to install',
    async (command) => {
      const { status, stderr } = await edgeGslb(...command.split(' '))
      expect(status).toBe(1)
      expect(stderr).toContain(
        'wrangler is not installed; expected it in this project: npm install --save-dev wrangler',
      )
    },
  )
})

describe('with wrangler in the project', () => {
  const node24 = dirname(process.execPath)

  // The clone's wrangler, since it is large. Its dependencies are found from its real path.
  beforeAll(() => symlinkSync(join(ROOT, 'node_modules/wrangler'), join(project, 'node_modules/wrangler')))

  test.skipIf(Number.parseInt(nodeVersion.slice(1), 10) >= 22)(
    'an older Node than wrangler needs is named',
    async () => {
      const { status, stderr } = await edgeGslb('publish')
      expect(status).toBe(1)
      expect(stderr).toMatch(/wrangler \S+ does not run on Node 20\.\S+; expected Node 22 or later/)
    },
  )

  test('wrangler bundles the Worker of the package by the wrangler.toml of init', async () => {
    const args = [
      'node_modules/wrangler/bin/wrangler.js',
      'deploy',
      '--dry-run',
      '--outdir',
      join(folder.path, 'bundle'),
    ]
    const { status, stdout, stderr } = await inProject('node', args, node24)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('env.GSLB')
  })

  test('dev publishes the starter and answers from it', async () => {
    const port = await freePort()
    const bin = join(project, 'node_modules/edge-gslb/bin/edge-gslb.js')
    const server = start(process.execPath, [bin, 'dev'], {
      cwd: project,
      env: { PORT: String(port), ZONES: 'zones', API_KEY: '' },
    })
    try {
      await ready('edge-gslb dev', server, async () => server.output().includes('answers on'))
      const response = await fetch(`http://127.0.0.1:${port}/resolve?name=ns1.example.com`)
      expect(await response.json()).toMatchObject({ Status: 0, Answer: [{ data: '192.0.2.53' }] })
      // Pages are JSX, which the bundler reads without the tsconfig.json of the clone.
      const page = await (await fetch(`http://127.0.0.1:${port}/`)).text()
      expect(page).toContain(`>http://127.0.0.1:${port}/dns-query</code>`)
      // Their files are text modules of the package.
      const console = await (await fetch(`http://127.0.0.1:${port}/console`)).text()
      const files = [...new Set(`${page}${console}`.match(/\/static\/[a-z-]+-[0-9a-f]+\.\w+/g))]
      expect(files.length).toBeGreaterThan(4)
      for (const path of files)
        expect([path, (await fetch(`http://127.0.0.1:${port}${path}`)).status]).toEqual([path, 200])
      expect(existsSync(join(project, '.wrangler/state'))).toBe(true)
    } finally {
      await server.stop()
    }
  })
})
