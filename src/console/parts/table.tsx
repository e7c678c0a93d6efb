/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'

type TableProps = {
  /** Tells what the table has: read aloud. */
  readonly caption: string
  /** The heads of the columns. The first column is the head of its row. */
  readonly head: readonly string[]
  readonly rows: readonly (readonly Child[])[]
  /** Said in place of a table without rows. */
  readonly empty?: Child
  /** The columns with numbers, which stand at the right. */
  readonly numbers?: readonly number[]
}

/**
 * A table. Where the screen is narrow each row is a list of its cells with their heads, so that nothing scrolls
 * sideways.
 */
export const Table = ({ caption, head, rows, empty, numbers = [] }: TableProps) =>
  rows.length === 0 && empty !== undefined ? (
    <p class="empty">{empty}</p>
  ) : (
    <div class="scroll">
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {head.map((cell, i) => (
              <th scope="col" class={numbers.includes(i) ? 'number' : undefined}>
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, i) =>
                i === 0 ? (
                  <th scope="row">{cell}</th>
                ) : (
                  <td class={numbers.includes(i) ? 'number' : undefined} data-head={head[i]}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )

type PagerProps = {
  readonly url: URL
  /** The number of all rows, of those on a page, and the page, from 1. */
  readonly total: number
  readonly size: number
  readonly page: number
  /** The name of the list: "targets". */
  readonly what: string
  /** The parameter of the URL that has the page's number. */
  readonly parameter?: string
}

/** Links to the other pages of a long list; the filters of the URL stay. */
export const Pager = ({ url, total, size, page, what, parameter = 'page' }: PagerProps) => {
  const last = Math.max(1, Math.ceil(total / size))
  const at = Math.min(Math.max(1, page), last)
  const hrefOf = (number: number): string => {
    const parameters = new URLSearchParams(url.search)
    parameters.set(parameter, String(number))
    return `${url.pathname}?${parameters}`
  }
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <span>
        {total === 0 ? `no ${what}` : `${(at - 1) * size + 1} to ${Math.min(total, at * size)} of ${total} ${what}`}
      </span>
      {at > 1 && (
        <a rel="prev" href={hrefOf(at - 1)}>
          Previous
        </a>
      )}
      {at < last && (
        <a rel="next" href={hrefOf(at + 1)}>
          Next
        </a>
      )}
    </nav>
  )
}

/** A pager for a list that seldom has a second page: one that fits has none. */
export const PagerIfLong = (list: PagerProps) => (list.total > list.size ? <Pager {...list} /> : null)

/** Returns the rows of the page that the URL asks for, and its number. */
export function pageOf<T>(
  rows: readonly T[],
  url: URL,
  size: number,
  parameter = 'page',
): { readonly page: number; readonly rows: readonly T[] } {
  const last = Math.max(1, Math.ceil(rows.length / size))
  const asked = Number(url.searchParams.get(parameter))
  const page = Number.isSafeInteger(asked) ? Math.min(Math.max(1, asked), last) : 1
  return { page, rows: rows.slice((page - 1) * size, page * size) }
}
