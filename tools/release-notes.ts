import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { err, ok, type Result } from '../src/result.ts'
import { VERSION } from '../src/version.ts'

/**
 * Returns the notes of a release: the section `## VERSION, YYYY-MM-DD` of the changelog.
 * @param tag like v1.2.3
 * @param version of the package that is about to be published
 */
export function releaseNotes(tag: string, version: string, changelog: string): Result<string> {
  if (tag !== `v${version}`) return err(`the tag is ${tag}; expected v${version}, the version in package.json`)
  const [heading, ...lines] =
    changelog
      .split(/^(?=## )/m)
      .find((section) => section.startsWith(`## ${version}, `))
      ?.split('\n') ?? []
  if (heading === undefined)
    return err(`CHANGELOG.md has no section of ${version}; expected "## ${version}, YYYY-MM-DD"`)
  if (!/, \d{4}-\d{2}-\d{2}$/.test(heading))
    return err(`CHANGELOG.md has "${heading}"; expected the date of the release behind the comma`)
  return ok(`${lines.join('\n').trim()}\n`)
}

/** Prints the notes of the tag that is named on the command line. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8')
  const notes = releaseNotes(process.argv[2] ?? '', VERSION, changelog)
  if (notes.ok) process.stdout.write(notes.value)
  else {
    console.error(`error: ${notes.error}`)
    process.exitCode = 1
  }
}
