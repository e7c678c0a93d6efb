import type { StreamParser } from '@codemirror/language'

type State = { isQuoted: boolean }

/** Colours a zone file (RFC 1035 §5): comments, texts, directives, types, numbers. */
export function zoneFile(types: readonly string[]): StreamParser<State> {
  const known = new Set(types)
  return {
    name: 'zone file',
    languageData: { commentTokens: { line: ';' } },
    startState: () => ({ isQuoted: false }),
    token(stream, state) {
      if (state.isQuoted) return quoted()
      if (stream.eatSpace()) return null
      if (stream.match(';')) {
        stream.skipToEnd()
        return 'comment'
      }
      if (stream.eat('"')) {
        state.isQuoted = true
        return quoted()
      }
      if (stream.eat(/[()]/)) return 'bracket'
      const isFirst = stream.sol()
      stream.match(/^(\\.|[^\s;"()])+/)
      const word = stream.current()
      if (word === '') stream.next()
      if (/^\$[A-Z]+$/.test(word)) return 'keyword'
      if (isFirst) return 'variableName'
      if (known.has(word.toUpperCase()) || /^(TYPE\d+|IN)$/i.test(word)) return 'typeName'
      return /^[\d.:a-f]*\d[\d.:a-f]*$|^(\d+[smhdw])+$/i.test(word) ? 'number' : null

      /** A text may go on over lines. */
      function quoted(): string {
        while (!stream.eol()) {
          const character = stream.next()
          if (character === '\\') stream.next()
          else if (character === '"') {
            state.isQuoted = false
            break
          }
        }
        return 'string'
      }
    },
  }
}
