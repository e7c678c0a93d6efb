/**
 * Makes an untrusted text safe for a terminal: characters that control it, that change the direction of writing, that
 * are invisible, or that look like a space, are printed as `\DDD` or `\u{…}`.
 */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, escapeCharacter)

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number
  return code < 256 ? `\\${String(code).padStart(3, '0')}` : `\\u{${code.toString(16)}}`
}
