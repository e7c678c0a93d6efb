import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { releaseNotes } from '../../tools/release-notes.ts'

const read = (file: string): string => readFileSync(file, 'utf8')
const manifest = JSON.parse(read('package.json'))
const REPOSITORY = manifest.repository.url.replace(/^git\+|\.git$/g, '')
const WORKFLOWS = '.github/workflows'

describe.each(readdirSync(WORKFLOWS))('workflow %s', (name) => {
  const text = read(join(WORKFLOWS, name))

  test('pins each action to a commit, beside its version', () => {
    const uses = text.split('\n').filter((line) => /\buses:/.test(line))
    expect(uses.length).toBeGreaterThan(0)
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test('starts from no more than the right to read', () => {
    expect(text).toMatch(/^permissions: \{\}$|^permissions:\n {2}contents: read\n(?! )/m)
  })

  test('has a time limit for each job', () => {
    const jobs = text.slice(text.indexOf('\njobs:')).match(/^ {2}[\w-]+:$/gm) ?? []
    expect(text.match(/^ {4}timeout-minutes: \d+$/gm)).toHaveLength(jobs.length)
  })

  test('runs scripts and files that are there', () => {
    const commands = text
      .split('\n')
      .filter((line) => !/^\s*(#|- name:)/.test(line))
      .join('\n')
    for (const [, script] of commands.matchAll(/npm run ([\w:]+)/g))
      expect(manifest.scripts).toHaveProperty([script as string])
    for (const [, file] of commands.matchAll(/(?:bash|node) ((?:\.ci|tools)\/[\w./-]+)/g))
      expect(existsSync(file as string)).toBe(true)
  })
})

test('dependabot moves only packages of package.json together', () => {
  const { dependencies, devDependencies } = manifest
  const names = Object.keys({ ...dependencies, ...devDependencies })
  const patterns = [...read('.github/dependabot.yml').matchAll(/^ {10}- '?([^'\n]+?)'?$/gm)].map(
    ([, pattern]) => pattern as string,
  )
  expect(patterns.length).toBeGreaterThan(5)
  for (const pattern of patterns.filter((one) => one !== '*')) {
    const matches = names.filter((name) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    )
    expect([pattern, matches]).not.toEqual([pattern, []])
  }
})

test('each page that links to the repository, or deploys it, has the address of package.json', () => {
  for (const page of ['README.md', 'SECURITY.md', '.github/ISSUE_TEMPLATE/config.yml']) {
    const links = read(page).match(/https:\/\/github\.com\/[\w-]+\/edge-gslb/g) ?? []
    expect([page, new Set(links)]).toEqual([page, new Set([REPOSITORY])])
  }
  expect(read('README.md')).toContain(`https://deploy.workers.cloudflare.com/?url=${REPOSITORY})`)
})

test('the deploy button gives no secret a value: .dev.vars.example would be deployed as it stands', () => {
  expect(['.dev.vars.example', '.env.example'].filter(existsSync)).toEqual([])
})

test('the map of CONTRIBUTING leads to files and scripts that are there', () => {
  const text = read('CONTRIBUTING.md')
  const map = text.slice(text.indexOf('## To change X'), text.indexOf('## Rules'))
  const named = [...map.matchAll(/`([^` ]+)`|(docs\/[\w-]+\.md)/g)].map(([, code, page]) => (code ?? page) as string)
  const paths = named.filter((name) => /[/.]/.test(name))
  expect(paths.length).toBeGreaterThan(40)
  expect(paths.filter((path) => !existsSync(path))).toEqual([])
})

describe('links between pages', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesBelow('docs'), ...filesBelow('examples')]

  test.each(pages.filter((page) => page.endsWith('.md')))('%s leads to files and headings that are there', (page) => {
    const broken = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(
      ([link, path, anchor]) => {
        const target = path ? join(dirname(page), path) : page
        const isThere = existsSync(target) && (anchor === undefined || anchorsOf(read(target)).includes(anchor))
        return isThere ? [] : [link]
      },
    )
    expect(broken).toEqual([])
  })
})

test('the deploy button describes each binding and variable of wrangler.toml', () => {
  const config = read('wrangler.toml')
  const bindings = [...config.matchAll(/^(?:binding|name) = "([A-Z]+)"$/gm)].map(([, name]) => name)
  const variables = [...config.matchAll(/^([A-Z_]+) = /gm)].map(([, name]) => name)
  expect(variables.length).toBeGreaterThan(4)
  expect(Object.keys(manifest.cloudflare.bindings).sort()).toEqual([...bindings, ...variables].sort())
})

describe('releaseNotes', () => {
  const CHANGELOG =
    '# Changelog\n\n## 1.2.0, unreleased\n\n- c\n\n## 1.1.0, 2026-12-01\n\n- b\n  more\n\n## 1.0.0, 2026-11-01\n\n- a\n'

  test('are the section of the version', () => {
    expect(releaseNotes('v1.1.0', '1.1.0', CHANGELOG)).toEqual({ ok: true, value: '- b\n  more\n' })
    expect(releaseNotes('v1.0.0', '1.0.0', CHANGELOG)).toEqual({ ok: true, value: '- a\n' })
  })

  test.each([
    ['v1.1.0', '1.2.0', 'the tag is v1.1.0; expected v1.2.0, the version in package.json'],
    ['v1.2.0', '1.2.0', 'CHANGELOG.md has "## 1.2.0, unreleased"; expected the date of the release behind the comma'],
    ['v1.3.0', '1.3.0', 'CHANGELOG.md has no section of 1.3.0; expected "## 1.3.0, YYYY-MM-DD"'],
  ])('%s of %s is an error', (tag, version, error) => {
    expect(releaseNotes(tag, version, CHANGELOG)).toEqual({ ok: false, error })
  })
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
