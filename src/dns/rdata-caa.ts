/** The tags that IANA has registered. */
const TAGS = ['issue', 'issuewild', 'iodef', 'issuemail', 'issuevmc', 'contactemail', 'contactphone']

/** Returns a warning about a tag that certification authorities do not know, and so ignore (RFC 8659 §4.1). */
export function suspectCaa(bytes: Uint8Array): string | undefined {
  const tag = String.fromCharCode(...bytes.subarray(2, 2 + (bytes[1] as number)))
  if (TAGS.includes(tag.toLowerCase())) return undefined
  return `certification authorities ignore the tag "${tag}"; expected one of ${TAGS.join(', ')}`
}
