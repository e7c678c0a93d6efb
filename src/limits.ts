/** Every cap of the project, each with its reason. */

/** The length field of DNS over TCP, and RFC 8484's largest message: no longer body can be a DNS message. */
export const MAX_MESSAGE_BYTES = 65_535

/** base64url of the longest message, plus room for the other parameters. */
export const MAX_URL_CHARS = 90_000

/** RFC 1035 §2.3.4. */
export const MAX_NAME_BYTES = 255
export const MAX_LABEL_BYTES = 63

/** RFC 1035 §3.3: a character-string has one octet for its length. */
export const MAX_STRING_BYTES = 255

/** Longer chains inside our own zones are a loop or a mistake; resolvers give up at 8 to 16. */
export const MAX_CNAME_CHAIN = 8

/** Characters of an error message, and of what it repeats of a request: enough to see which value is meant. */
export const MAX_ERROR_CHARS = 220
export const MAX_QUOTED_CHARS = 60

/** RFC 2181 §8: a TTL is an unsigned number of 31 bits. */
export const MAX_TTL = 2 ** 31 - 1

/** The length field of a record (RFC 1035 §3.2.1). */
export const MAX_RDATA_BYTES = 65_535

/** A whole rrset must fit a message with room for the question, the OPT record and a CNAME chain. */
export const MAX_RRSET_BYTES = 48_000

/** Addresses of an `auto` hint (RFC 9460 §7.3): they save a query, and need not be all. */
export const MAX_HINTS = 16

/** Names whose records the additional section tells: more than the servers of a well-kept zone, few enough to look up. */
export const MAX_ADDITIONAL_NAMES = 32

/** Servers of a referral: a resolver tries a few of them, and the largest zones have 13. */
export const MAX_REFERRAL_SERVERS = 32

/** Octets of the additional section: room for two addresses of each of those names, and no reply gets much larger. */
export const MAX_ADDITIONAL_BYTES = 4096

/** Names of a reply that later ones are compared with: bounds the work for an rrset of thousands of names. */
export const MAX_COMPRESSION_NAMES = 16

/** RFC 8467 §4.1: replies are padded to a multiple of this block, when the query is padded. */
export const REPLY_PADDING_BLOCK = 468

/** PowerDNS 5.1 reads weights as unsigned 32-bit numbers. */
export const MAX_WEIGHT = 2 ** 32 - 1

/** One 32-bit hash point a unit of weight (PowerDNS's consistent hash): bounds memory and compile time. */
export const MAX_HASH_POINTS = 100_000

/** Targets of all checks of a zone: an isolate makes each when it loads the zone, and the cron probes some 10,000 a round. */
export const MAX_ZONE_TARGETS = 20_000

/**
 * Points of all hash rings of a zone. They are made when an isolate loads it, at some 150 nanoseconds each: less than a
 * tenth of a second.
 */
export const MAX_ZONE_HASH_POINTS = 500_000

/** Answer expressions, and LUA source, nest no deeper: both are read by recursion. */
export const MAX_DEPTH = 64

/** Longer LUA records than this are programs, not policies; the parser recurses over them. */
export const MAX_LUA_CHARS = 1_048_576

/**
 * Characters of LUA code whose syntax trees are kept while the records of a zone are read: a tree takes some 50 times the
 * memory of its text. Code beyond it is parsed twice.
 */
export const MAX_HELD_LUA_CHARS = 4 * 1024 * 1024

/** `$GENERATE 0-65535` is the largest range that BIND users write; more is most likely a slip. */
export const MAX_GENERATED_RECORDS = 65_536

/** The texts of those records: 128 characters each. A long line with a large range would make more than a zone holds. */
export const MAX_GENERATED_CHARS = 8 * 1024 * 1024

/** `$INCLUDE` inside included files: deeper is a loop. */
export const MAX_INCLUDE_DEPTH = 8

/** Octets of one zone file and all that it includes: more than a document of Workers KV's largest size comes from. */
export const MAX_SOURCE_BYTES = 64 * 1024 * 1024

/** Workers KV refuses larger values. */
export const MAX_KV_BYTES = 25 * 1024 * 1024
export const MAX_ZONE_DOCUMENT_BYTES = MAX_KV_BYTES

/** Refused keys that the catalog names: every isolate reads it, and a person mends the first ones first. */
export const MAX_REFUSED_ZONES = 100

/** Characters of a reason in the catalog, and of any message. */
export const MAX_WHY_CHARS = 220

/** Pages of 1,000 keys that an isolate lists while the catalog is damaged: more do not come within the deadline. */
export const MAX_LISTED_PAGES = 10

/** Documents of which the cron compares the text though their metadata say that they are unchanged, each time. */
export const MAX_VERIFIED_DOCUMENTS = 20

/** Removed zones that the catalog remembers. */
export const MAX_REMOVED_ZONES = 1000

/** An isolate of 128 MB holds the database of places beside its zones, twice while it changes. */
export const MAX_GEO_BYTES = 42 * 1024 * 1024

/** A file with many mistakes of one kind is told by its first ones. */
export const MAX_REPORTED_ISSUES = 100

/** A message is read in a line of a terminal or of a CI log; quotes of the source in it are a few words. */
export const MAX_MESSAGE_CHARS = 220
export const MAX_QUOTE_CHARS = 40

/** Measured: 20,000 to 300,000 records take a heap of 1.2 to 1.5 KB each. */
export const HEAP_BYTES_A_RECORD = 1_300
/** Half of an isolate's 128 MB, since a zone is there twice while it changes. */
export const MAX_ADVISED_HEAP_BYTES = 64_000_000

/** Ways through CNAMEs that chance chooses, which `explain` follows one by one where they come back to a name. */
export const MAX_EXPLORED_NAMES = 20_000

/** How often `explain` runs a script that draws, to see what it can give. */
export const SCRIPT_TRIES = 64

/** Exact probabilities of a weighted draw without replacement go over all subsets of its members. */
export const MAX_EXACT_SAMPLE_MEMBERS = 12

/** An agent probes as often as this; the Worker at most every minute by cron, every second by alarms. */
export const MIN_INTERVAL_SECONDS = 0.1
export const MAX_INTERVAL_SECONDS = 86_400

/** A round of probes has less than a minute, in which the slow ones keep the others waiting. */
export const MAX_TIMEOUT_SECONDS = 30

/** A pattern is compiled to an automaton, which grows with it. */
export const MAX_PATTERN_CHARS = 1000

/**
 * Instructions of a pattern, times the octets that it is tried on: RE2 may take all of them for each octet, at some 15
 * nanoseconds. So a reply takes a quarter of a second at most. 256 instructions for the usual 64 KiB.
 */
export const MAX_PATTERN_WORK = 16_777_216

/** Instructions of all patterns of a zone: 3,000 usual ones. Compiling them takes some microseconds each. */
export const MAX_ZONE_PATTERN_INSTRUCTIONS = 65_536

/** The octets that a TCP check reads at most while it looks for the expected text. */
export const MAX_CONVERSATION_BYTES = 65_536

/** What a probe reads of a body at most; a health page is smaller. */
export const MAX_BODY_BYTES = 1_048_576

/** Checks that are calculated from calculated checks: deeper is a mistake. */
export const MAX_CALCULATED_DEPTH = 8

/** Three heartbeats of a vantage point: what nobody has confirmed for so long is stale. */
export const DEFAULT_STALE_SECONDS = 900

/** Two heartbeats: less would take for silent what only had nothing to say. */
export const MIN_STALE_SECONDS = 600

/** What an application or a person sends to the API is small. */
export const MAX_PUSH_BYTES = 262_144

/** What signs, or opens the API, must not be guessed: 16 random letters and digits are some 80 bits. */
export const MIN_SECRET_CHARS = 16

/** Wrong API keys that an address may send at once; then one more each second, which guesses nothing in any lifetime. */
export const MAX_GUESSES = 20
export const GUESS_REFILL_MS = 1000

/** Addresses whose wrong keys are counted: some 200 KB. Whoever has more than these has other means. */
export const MAX_GUESSING_ADDRESSES = 1000

/** Wrong API keys are one line of the log in so long, however many there are. */
export const GUESS_LOG_MS = 60_000

/** The longest text of an address, IPv6 with a dotted end: a longer one is not an address, and is not looked at. */
export const MAX_ADDRESS_CHARS = 45

/** Networks whose Client Subnet options are believed: each query with one is compared with all of them. */
export const MAX_TRUSTED_NETWORKS = 100

/** Addresses of clients that are remembered as text: a busy isolate sees a few hundred resolvers. */
export const MAX_KNOWN_ADDRESSES = 4096

/** An agent's report is a health document of at most so many octets. */
export const MAX_REPORT_BYTES = 1_048_576

/** An agent numbers its reports by its clock, which may be wrong by a day. A number far ahead would shut out all later ones. */
export const MAX_SEQ_AHEAD_MS = 86_400_000

/** A script nests no deeper: it is translated, checked and run by recursion. LuaJIT's own limit. */
export const MAX_SCRIPT_NESTING = 200

/** Nodes of a script's stored tree. 64 KB of dense Lua has 40,000; the tree of a zone is checked when it is loaded. */
export const MAX_SCRIPT_NODES = 100_000

/** Nodes of all scripts of a zone, which are checked when an isolate loads it: half a second. */
export const MAX_ZONE_SCRIPT_NODES = 1_000_000

/** Local variables that are visible at one place of a function. Lua's own limit. */
export const MAX_SCRIPT_LOCALS = 200

/** Steps of one evaluation, 20 times PowerDNS's 1000 instructions: an endless loop ends within a few milliseconds. */
export const MAX_SCRIPT_STEPS = 20_000

/**
 * Steps of one query, whatever it evaluates: all scripts, pools and choices on its way share them. A step takes at most a
 * microsecond, so that a query takes at most 20 milliseconds.
 */
export const MAX_QUERY_STEPS = 20_000

/** Bytes of texts and tables that the scripts of one query make. No answer is as large; a doubling text gets there in 20 steps. */
export const MAX_SCRIPT_BYTES = 1_048_576

/** Calls inside calls. */
export const MAX_SCRIPT_CALLS = 180

/** Levels of nesting of all functions that are running: 180 that are 200 deep would overflow a Worker's stack. */
export const MAX_SCRIPT_STACK_COST = 2_500

/** Ways through one script that are tried when a zone is compiled, to find what its health functions probe. */
export const MAX_EXPLORED_WAYS = 256

/** Choices on one of these ways: more are a loop over what only a query has. */
export const MAX_EXPLORED_CHOICES = 200

/** Outcomes of one choice: a table of more is not a list of pools that somebody wrote. */
export const MAX_EXPLORED_OUTCOMES = 64

/** Ways that wait for their turn. */
export const MAX_EXPLORED_PENDING = 4_096

/** Steps of one way: what a query may take, of which each is a call there. */
export const MAX_EXPLORED_STEPS = 100_000

/** Steps of all ways through one script: a fraction of a second, and a fifth of what its zone has. */
export const MAX_EXPLORED_SCRIPT_STEPS = 200_000

/** Steps of all ways through all scripts of a zone: a second or two. */
export const MAX_EXPLORED_ZONE_STEPS = 1_000_000

/** The arguments of one call of a health function that a script computes: a thousand addresses. */
export const MAX_HEALTH_CALL_CHARS = 65_536

/** The arguments of one call that only a query makes known. The work to make its pool is charged to that query. */
export const MAX_ASKED_CALL_CHARS = 4_096

/** All calls that a zone keeps the pools of, so that the next query need not make them again: some 4,000 addresses. */
export const MAX_ASKED_POOLS_CHARS = 65_536

/** Checks that one answer tells of, where a script computed them: more are told by the next ones. */
export const MAX_ASKED_AN_ANSWER = 100

/** Cells that one look-up of a place walks over, a few milliseconds. What is beyond, the next ones go on to. */
export const MAX_PLACE_STEPS = 20_000

/** An asked check as JSON: the options of a LUA function and a URL fit. */
export const MAX_ASKED_OCTETS = 2048

/** Asked checks of a zone: whoever asks can make new ones, and each is probed, and kept in health documents. */
export const MAX_ASKED_A_ZONE = 200

/** Asked checks of all zones, which share them fairly: their object holds 2 MB at most, and a tick reads the list. */
export const MAX_ASKED = 1000

/** Asked checks that an isolate tells in one call. */
export const MAX_ASKED_BATCH = 100

/** Calls a minute that an isolate tells asked checks in: the free plan has 100,000 requests to objects a day. */
export const MAX_ASKED_CALLS = 6

/** Files of `lua-global-include-dir`: all of them run in front of each LUA record, within its budget. */
export const MAX_LUA_GLOBALS = 100
