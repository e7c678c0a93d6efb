/**
 * Makes an untrusted text safe for a terminal: characters that control it, that change the direction of writing, or
 * that are invisible, are printed as `\DDD` or `\u{…}`.
 */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter)

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number
  return code < 256 ? `\\${String(code).padStart(3, '0')}` : `\\u{${code.toString(16)}}`
}
