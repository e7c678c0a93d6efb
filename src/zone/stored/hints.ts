// The code of hints that answers fill in: it knows the text of SVCB data, which no query needs otherwise.
export { rdataWithHints } from '../../dns/index.ts'
