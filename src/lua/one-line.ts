/** Code in the form of a string in a zone file. `lost`: true if comments were left out for that. */
type OneLine = { readonly code: string; readonly lost: boolean }

/** A quote ends a string of a zone file, and none of them goes on in the next line. */
const isPlain = (code: string): boolean => /^(?:\t|[^"\p{Cc}])*$/u.test(code)

/** Returns the same code in one line, without a `"`: strings are written in another form where needed. */
export function oneLine(code: string): OneLine {
  if (isPlain(code)) return { code, lost: false }
  let line = ''
  let lost = false
  for (const { groups = {} } of code.matchAll(TOKEN)) {
    const { comment, long, level, first, short, space, other = '' } = groups
    if (comment !== undefined) {
      lost = true
      line += ' '
    } else if (long !== undefined) {
      const body = long.slice((level as string).length + 2, -(level as string).length - 2)
      line += quoted(
        body
          .slice((first ?? '').length)
          .replace(/\\/g, '\\\\')
          .replaceAll("'", "\\'"),
      )
    } else if (short !== undefined) line += isPlain(short) && short.startsWith("'") ? short : requoted(short)
    else line += space === undefined ? other.replace(/["\p{Cc}]/gu, ' ') : oneSpace(space)
  }
  return { code: line, lost }
}

/** Lua's tokens, as far as they hold quotes and line feeds: comments and strings, long ones too, and white space. */
const TOKEN = new RegExp(
  [
    '(?<comment>--\\[(?<depth>=*)\\[[\\s\\S]*?\\]\\k<depth>\\]|--[^\\n]*)',
    '(?<long>\\[(?<level>=*)\\[(?<first>\\r?\\n)?[\\s\\S]*?\\]\\k<level>\\])',
    '(?<short>\'(?:\\\\[\\s\\S]|[^\'\\\\])*\'|"(?:\\\\[\\s\\S]|[^"\\\\])*")',
    '(?<space>\\s+)',
    '(?<other>[\\s\\S])',
  ].join('|'),
  'g',
)

/** Replaces line feeds by spaces, which are the same between tokens. */
const oneSpace = (space: string): string => space.replace(/\r?\n|[^ \t]/g, ' ')

/** A short string in single quotes, its escapes as they are. */
function requoted(string: string): string {
  const body = string.slice(1, -1).replace(/\\[\s\S]|'/g, (found) => {
    if (found === "'") return "\\'"
    if (found === '\\"') return '"'
    return found === '\\\n' ? '\n' : found
  })
  return quoted(body)
}

/** @param body the text between quotes, escaped but for `"` and control characters */
const quoted = (body: string): string =>
  `'${body.replace(/["\p{Cc}]/gu, (found) => `\\${String(found.charCodeAt(0)).padStart(3, '0')}`)}'`
