/**
 * Returns a text that somebody else may have written, for a terminal: characters that steer it, that turn the direction
 * of writing, that are not seen, or that look like a space, are written as `\DDD` or `\u{…}`.
 */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, escapeCharacter)

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number
  return code < 256 ? `\\${String(code).padStart(3, '0')}` : `\\u{${code.toString(16)}}`
}
