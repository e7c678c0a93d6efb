// The code of hints that answers fill in, for a zone that has them: loaded by dynamic import.
export { rdataWithHints } from '../dns/index.ts'
