/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { createTwoFilesPatch } from 'diff'
import { MAX_CONSOLE_DIFF_LINES, MAX_DIFF_EDITS } from '../../limits.ts'

/** A difference in the unified format, line by line: what goes and what comes are told by sign, colour and element. */
export const Diff = ({ diff, label }: { readonly diff: string | null; readonly label: string }) => {
  if (diff === null) return <p class="muted">There are too many differences to tell them line by line.</p>
  const lines = diff.split('\n').filter((line) => !/^(---|\+\+\+|\\|$)/.test(line))
  if (lines.length === 0) return <p class="muted">There is no difference.</p>
  const shown = lines.slice(0, MAX_CONSOLE_DIFF_LINES)
  return (
    <>
      <section class="diff-frame" aria-label={label} tabindex={0}>
        <pre class="diff">{shown.map((line) => lineOf(line))}</pre>
      </section>
      {lines.length > shown.length && <p class="muted">… and {String(lines.length - shown.length)} more lines</p>}
    </>
  )
}

const lineOf = (line: string) => {
  if (line.startsWith('+')) return <ins>{`${line}\n`}</ins>
  if (line.startsWith('-')) return <del>{`${line}\n`}</del>
  if (line.startsWith('@@')) return <span class="at">{`${line}\n`}</span>
  return <span>{`${line}\n`}</span>
}

/** Compares two texts line by line. @returns null if there are too many differences to tell */
export const diffOf = (before: string, after: string): string | null =>
  createTwoFilesPatch('', '', before, after, undefined, undefined, {
    context: 3,
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: false },
    maxEditLength: MAX_DIFF_EDITS,
  }) ?? null
