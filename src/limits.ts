/** All limits of the project, each with its reason. */

// --- queries over HTTP -----------------------------------------------------------------------------------------------

/** The length field of DNS over TCP, and the largest message of RFC 8484: a longer body is not a DNS message. */
export const MAX_MESSAGE_BYTES = 65_535

/** The base64url text of the longest message, and room for other parameters. */
export const MAX_URL_CHARS = 90_000

/** Characters of the setting DOH_PATH, which stands in every URL of a query. */
export const MAX_DOH_PATH_CHARS = 100

// --- the console -----------------------------------------------------------------------------------------------------

/** A session of the console: a working day, so that a machine that somebody left is not signed in on the next one. */
export const CONSOLE_SESSION_MS = 12 * 3_600_000

/** Octets of a form of the console: every field is short, and a list of scopes is the longest. */
export const MAX_CONSOLE_FORM_BYTES = 65_536

/** Octets of the form with a zone: most of its characters may take three octets there. */
export const MAX_CONSOLE_ZONE_FORM_BYTES = 4 * 1024 * 1024

/** Characters of a zone that a page edits: more is for files, and for the command. A plan takes 4 MB. */
export const MAX_CONSOLE_ZONE_CHARS = 1024 * 1024

/** Characters of a zone that is checked while somebody types: beyond that a check takes longer than a pause. */
export const MAX_CONSOLE_LIVE_CHARS = 256 * 1024

/**
 * Lines of a difference, changed names of a plan, and networks of one of them that a page shows. It counts the others.
 */
export const MAX_CONSOLE_DIFF_LINES = 2000
export const MAX_CONSOLE_PLAN_CHANGES = 50
export const MAX_CONSOLE_PLAN_NETWORKS = 200

/**
 * Members of a rehearsal or of a decision, and answers of a name, that a page lists: a pool may have thousands. It
 * counts the others.
 */
export const MAX_CONSOLE_MEMBERS = 200
export const MAX_CONSOLE_ANSWERS = 200

/** Answers of one branch, or of one network, in a row of a list. */
export const MAX_CONSOLE_ROW_ANSWERS = 50

/** Maps on the page of a plan, and networks on one of them: a browser draws each at once. */
export const MAX_CONSOLE_PLAN_MAPS = 6
export const MAX_CONSOLE_MAP_NETWORKS = 2000

/** Characters of the key that somebody enters: as of a token in a path. */
export const MAX_CONSOLE_KEY_CHARS = 256

// --- tokens of clients -----------------------------------------------------------------------------------------------

/** Characters of a token in the path of a query. A key's secret has 46, and API_KEY may be of any length. */
export const MAX_TOKEN_CHARS = 256

/** Characters of a token on a page: a DNS stamp has room for a path of 255 octets, DOH_PATH in front of it. */
export const MAX_PAGE_TOKEN_CHARS = 128

/** Tokens of queries that an isolate remembers, right and wrong ones each: as many as there may be keys. */
export const MAX_KNOWN_TOKENS = 1000

// --- names, records and replies --------------------------------------------------------------------------------------

/** RFC 1035 §2.3.4. */
export const MAX_NAME_BYTES = 255
export const MAX_LABEL_BYTES = 63

/** Compression pointers of a name: one for each label, which a name has 127 of at most. */
export const MAX_NAME_POINTERS = 127

/** RFC 1035 §3.3: the length of a character-string is one octet. */
export const MAX_STRING_BYTES = 255

/** A longer chain inside our zones is a loop or a mistake; resolvers stop at 8 to 16. */
export const MAX_CNAME_CHAIN = 8

/** Characters of an error message, and of a quoted part of a request: enough to recognise the value. */
export const MAX_ERROR_CHARS = 220
export const MAX_QUOTED_CHARS = 60

/** RFC 2181 §8: a TTL is an unsigned number of 31 bits. */
export const MAX_TTL = 2 ** 31 - 1

/** The length field of a record (RFC 1035 §3.2.1). */
export const MAX_RDATA_BYTES = 65_535

/** A whole rrset must fit a message with room for the question, the OPT record and a CNAME chain. */
export const MAX_RRSET_BYTES = 48_000

/** Addresses of an `auto` hint (RFC 9460 §7.3). They save a query, and need not be complete. */
export const MAX_HINTS = 16

/** Names that the additional section has records of: more than a zone usually has servers, few enough to look up. */
export const MAX_ADDITIONAL_NAMES = 32

/** Servers of a referral. A resolver uses a few of them, and the largest zones have 13. */
export const MAX_REFERRAL_SERVERS = 32

/** Octets of the additional section: room for two addresses of each name, and no reply becomes much larger. */
export const MAX_ADDITIONAL_BYTES = 4096

/** Names in a reply that later names are compared with. It bounds the work for an rrset of thousands of names. */
export const MAX_COMPRESSION_NAMES = 16

/** RFC 8467 §4.1: the reply to a padded query is padded to a multiple of this block. */
export const REPLY_PADDING_BLOCK = 468

// --- forwarding ------------------------------------------------------------------------------------------------------

/** Upstream servers of the forwarder. A query may ask all of them in turn, and an operator names two or three. */
export const MAX_UPSTREAMS = 8

/** Characters of an upstream's URL, which stands in an error. */
export const MAX_UPSTREAM_CHARS = 1024

/** Octets of forwarded replies that an isolate keeps, with what it takes to find them. The isolate has 128 MB. */
export const MAX_FORWARD_CACHE_BYTES = 16 * 1024 * 1024

/** Replies that are kept for one name: its types, flags and client networks are compared one by one. */
export const MAX_FORWARD_VARIANTS = 64

/** Octets of a kept reply: the cache turns over with a few thousand of the largest. */
export const MAX_FORWARD_KEPT_BYTES = 16_384

/** Questions to upstreams that an isolate has under way. Each may wait for seconds, and has its buffers. */
export const MAX_FORWARD_FLIGHTS = 1000

/** Questions that lately failed, each remembered for two seconds. */
export const MAX_FORWARD_FAILURES = 1000

/** CNAME records from a question to its answer, through upstreams. Resolvers stop at 8 to 16. */
export const MAX_FORWARD_CHAIN = 16

/** Records of an upstream's reply, each of which is read, and compared with the names of the chain. */
export const MAX_FORWARD_RECORDS = 4096

/** Seconds for which a forwarded reply counts, whatever its TTL (RFC 8767 §4 has a week, too). */
export const MAX_FORWARD_TTL = 604_800

// --- ALIAS targets outside the zones ---------------------------------------------------------------------------------

/**
 * Names outside the zones that ALIAS records lead to, of all zones: each costs two questions to an upstream server, and
 * has its place in a document that every isolate with such a record reads.
 */
export const MAX_ALIAS_TARGETS = 1000

/** Addresses of such a name. Load balancers have up to a dozen, and a client takes the first that answers. */
export const MAX_ALIAS_ADDRESSES = 32

/**
 * Questions of an isolate about such names that the cron does not know: at once, and in a minute. A script may compute
 * names out of what clients ask for.
 */
export const MAX_ALIAS_FLIGHTS = 8
export const MAX_ALIAS_ASKS_A_MINUTE = 60

/** An isolate remembers so many such names by itself; it drops the ones first that were resolved longest ago. */
export const MAX_ALIAS_MEMORY = 1000

/**
 * Requests to upstream servers that a tick of the cron begins, by Cloudflare's plan: the free one allows an invocation
 * 50 subrequests, of which the probes may take 40.
 */
export const MAX_ALIAS_REQUESTS_A_TICK = { free: 8, paid: 400 } as const

// --- coming back, and loads ------------------------------------------------------------------------------------------

/** Seconds of a failback or a ramp: what has to be up for more than a week is for a person to decide. */
export const MAX_PACE_SECONDS = 604_800

/** The factor of a weight at the beginning of a ramp: less would tell nothing of the target. */
export const LEAST_RAMP_SHARE = 0.1

/** Seconds within which members count as having gone down together: checks of one failure differ by their intervals. */
export const LAST_KNOWN_SECONDS = 60

/** The shares that a failover passes on: its queries are divided into thousandths, and half of them is no trickle. */
export const MIN_TRICKLE = 0.001
export const MAX_TRICKLE = 0.5

/**
 * The pace at which a load is believed to follow the answers, in seconds: half of what a minute of reports, KV's
 * spread, an isolate's refresh and TTLs take together at the most. A wrong guess delays the balance, and does not move
 * it.
 */
export const LOAD_LAG_SECONDS = 120

/** The pace at which an offered load follows reports while clients move: slower than the slowest of them. */
export const LOAD_DAMP_SECONDS = 300

/** The part by which a load has to differ from the one that is written to be written before the next heartbeat. */
export const LOAD_STEP = 0.03

/** The least share of its clients that a target is believed to have: a load is divided by it. */
export const LEAST_KEPT = 0.02

/**
 * The units that the clients of a member are counted in when some of them go elsewhere, so that thousands get a part.
 */
export const SPILL_UNITS = 1_000_000

/** Members of a pool by a hash that take clients of another one: for each of them a client is hashed once more. */
export const MAX_SPILL_RECEIVERS = 64

/** The longest TTL in seconds while clients are passed on: loads are reported once a minute or so. */
export const SPILL_TTL_SECONDS = 60

/**
 * Locations of a database by which the distances of all clients are estimated: each takes the distance of each member,
 * once for each set of members that are up and have room.
 */
export const MAX_SPILL_SAMPLES = 512

// --- the policies of a zone ------------------------------------------------------------------------------------------

/** PowerDNS 5.1 reads weights as unsigned 32-bit numbers. */
export const MAX_WEIGHT = 2 ** 32 - 1

/** Hash points of a ring, one for each unit of weight (PowerDNS's consistent hash). It bounds memory and time. */
export const MAX_HASH_POINTS = 100_000

/** Targets of all checks of a zone. An isolate compiles them when it loads the zone; the cron probes 10,000 a round. */
export const MAX_ZONE_TARGETS = 20_000

/** Texts of a type whose record is shared while a zone is compiled: those of a few servers with many names. */
export const MAX_SHARED_RECORDS = 4096

/**
 * Points of all hash rings of a zone. An isolate computes them when it loads the zone, at some 150 nanoseconds each:
 * less than a tenth of a second.
 */
export const MAX_ZONE_HASH_POINTS = 500_000

/** Nesting of answer expressions and of LUA source, which are parsed by recursion. */
export const MAX_DEPTH = 64

// --- zone files and documents ----------------------------------------------------------------------------------------

/** Characters of a LUA record. A longer one is a program, not a policy, and the parser recurses over it. */
export const MAX_LUA_CHARS = 1_048_576

/**
 * Characters of LUA code whose syntax trees are cached while the records of a zone are read: a tree takes some 50 times
 * the memory of its text. Code beyond it is parsed twice.
 */
export const MAX_HELD_LUA_CHARS = 4 * 1024 * 1024

/** Records of `$GENERATE`. 0-65535 is the largest range that BIND users write; more is most likely a mistake. */
export const MAX_GENERATED_RECORDS = 65_536

/** Characters of those records: 128 each. A long line with a large range would exceed the size of a zone. */
export const MAX_GENERATED_CHARS = 8 * 1024 * 1024

/** Depth of `$INCLUDE` in included files: more is a loop. */
export const MAX_INCLUDE_DEPTH = 8

/** Octets of a zone file with its includes: more than the source of the largest document that Workers KV accepts. */
export const MAX_SOURCE_BYTES = 64 * 1024 * 1024

/** Characters of a document that is one value in KV. A larger one has its records in pieces. */
export const MAX_WHOLE_DOCUMENT_CHARS = 1024 * 1024

/** Characters of a piece of such a document, which an owner with large policies may pass. */
export const MAX_PIECE_CHARS = 1024 * 1024

// --- KV, and zones in it ---------------------------------------------------------------------------------------------

/** Workers KV refuses larger values. */
export const MAX_KV_BYTES = 25 * 1024 * 1024

/**
 * Octets of a key of Workers KV, which has the name of a zone in it. A name with all octets escaped has twice as many.
 */
export const MAX_KV_KEY_OCTETS = 512

/** Workers KV takes one write a second of a key. */
export const MIN_KV_WRITE_GAP_MS = 1100

/** Documents that KV shows may be older than ones that were seen for so long: it promises a minute. */
export const MAX_STALE_KV_MS = 120_000

/**
 * Octets of names up to which a zone is one value in KV. A cold isolate reads it at once and checks it within a
 * millisecond. A larger zone has parts.
 */
export const MAX_HEAD_NAMES_BYTES = 256 * 1024

/** Octets of a part at least. Somebody who chooses names by their hash would otherwise make a part of each name. */
export const MIN_PART_BYTES = 8 * 1024

/**
 * Octets of a part, which few names with large policies may pass: an isolate waits for one part as long as for a zone.
 */
export const MAX_PART_BYTES = 1024 * 1024

/** Octets of stored zones and parts that an isolate keeps: 128 MB hold them, what is decoded of them, and the code. */
export const MAX_KEPT_ZONE_BYTES = 45 * 1024 * 1024

/**
 * Octets of parts that were dropped, and of which decoded names may still be kept: a search for those looks at all
 * names.
 */
export const MAX_DROPPED_PART_BYTES = 4 * 1024 * 1024

/**
 * Decoded names that an isolate keeps, and the stored octets that they were decoded from: about ten times the memory.
 */
export const MAX_KEPT_NODES = 8192
export const MAX_KEPT_NODE_BYTES = 2 * 1024 * 1024

/** Look-ups whose result an isolate keeps beside them; a power of two. */
export const RECENT_LOOKUPS = 1024

/** Refused keys in the catalog, which every isolate reads: a person fixes the first ones first. */
export const MAX_REFUSED_ZONES = 100

/** Characters of a reason in the catalog, and of any message. */
export const MAX_WHY_CHARS = 220

/** Pages of 1,000 keys that an isolate lists while the catalog is damaged: more would miss the deadline. */
export const MAX_LISTED_PAGES = 10

/** Documents that the cron reads in a look although their metadata say that they are unchanged. */
export const MAX_VERIFIED_DOCUMENTS = 20

/**
 * Octets of a document that is compiled in the Worker, by plan. JSON is parsed at once: 256 KiB, some 8,000 records,
 * take 3 to 6 ms of the 10 ms of CPU that a request has on the free plan. On the paid plan the 128 MB of an isolate
 * decide, of which a record takes some 500 octets.
 */
export const MAX_PLAN_DOCUMENT_BYTES = { free: 256 * 1024, paid: 4 * 1024 * 1024 } as const

/**
 * Work of a piece of a compilation in the Worker, in names: some 3 ms of CPU on the free plan, 150 ms on the paid one.
 */
export const MAX_PIECE_WORK = { free: 400, paid: 20_000 } as const

/** Characters of documents that wait to be compiled in the Worker. The others are found again by the next look. */
export const MAX_WAITING_CHARS = 8 * 1024 * 1024

/** Times that the compilation of a document may break off. It is refused then: most likely it takes too much CPU. */
export const MAX_BROKEN_OFF = 5

/** Refused documents that are remembered by their hash, so that they are not compiled again each minute. */
export const MAX_KNOWN_REFUSALS = 1000

/** Values of compiled zones that the cron reads in each run, in turn, to find those that are lost or damaged. */
export const MAX_VERIFIED_ZONES = 5

/**
 * Compiled zones that nothing names in the catalog, which every isolate reads. `publish` finds the others by listing.
 */
export const MAX_DROPPED_ZONES = 1000

/**
 * Compiled zones that the cron sweeps in a run, heads that it reads for that, and keys that it deletes: the free plan
 * has 50 operations for a run. `publish` sweeps what is larger.
 */
export const MAX_SWEPT_ZONES = 5
export const MAX_SWEPT_READS = 15
export const MAX_SWEPT_KEYS = 20

/** Characters of a row of SQLite, in which each takes three octets at most: a row has at most 2 MB. */
export const MAX_ROW_CHARS = 500_000

/** Ledgers that are asked in one go what becomes of a document under a zone's key: each is a request of its own. */
export const MAX_NOTICES = 10

/** Removed zones in the catalog. */
export const MAX_REMOVED_ZONES = 1000

/**
 * Characters of a zone's name as text. Keys of KV have 512 octets and metadata 1,024, which have hashes, too. A name
 * without escapes has at most 253.
 */
export const MAX_ORIGIN_CHARS = 300

// --- locations -------------------------------------------------------------------------------------------------------

/** Octets of the geo database. An isolate of 128 MB has it beside its zones, and twice during a change. */
export const MAX_GEO_BYTES = 42 * 1024 * 1024

// --- errors ----------------------------------------------------------------------------------------------------------

/** Reported errors of a file: the first ones show a mistake that is made many times. */
export const MAX_REPORTED_ISSUES = 100

/**
 * Errors after which a zone file is read no further: it is none, or one mistake is in each line. Each takes some
 * microseconds, and 8 MiB hold four million.
 */
export const MAX_COUNTED_ISSUES = 10_000

/** Characters of a message, which is a line in a terminal or a CI log, and of a quote in it. */
export const MAX_MESSAGE_CHARS = 220
export const MAX_QUOTE_CHARS = 40

// --- expectations and explanations -----------------------------------------------------------------------------------

/**
 * Rows of expectations of a zone, and characters of their file. A row takes about a millisecond, and more than a
 * thousand are read by nobody.
 */
export const MAX_EXPECTATIONS = 1000
export const MAX_EXPECTATIONS_CHARS = 1_048_576

/** Globs of supposed states in a row, each compared with all targets of the zone. */
export const MAX_EXPECTED_STATES = 32

/** Characters of a name or a glob in a row: the longest name, with all of its octets escaped. */
export const MAX_EXPECTED_CHARS = 1024

/** Records in the message of a row that fails: more are not read. */
export const MAX_LISTED_RECORDS = 8

/** Paths through random CNAMEs that `explain` follows one by one if they return to a name. */
export const MAX_EXPLORED_NAMES = 20_000

/** Runs of a script that draws, by which `explain` samples its answers. */
export const SCRIPT_TRIES = 64

/** Members of a weighted draw without replacement, whose exact probabilities need all subsets of the members. */
export const MAX_EXACT_SAMPLE_MEMBERS = 12

/**
 * Numbers of any length that are added up for the exact chances of members that come back by a hash, over all clients.
 * Members of one weight take few of them.
 */
export const MAX_EXACT_ADMISSION_WORK = 500_000

// --- checks ----------------------------------------------------------------------------------------------------------

/** The limits of an interval. An agent can probe at the minimum, the cron every minute, alarms every second. */
export const MIN_INTERVAL_SECONDS = 0.1
export const MAX_INTERVAL_SECONDS = 86_400

/** The limit on timeouts. A round of probes has less than a minute, and slow probes delay the others. */
export const MAX_TIMEOUT_SECONDS = 30

/** The least `maxLatency`: less is within the noise of a clock and an event loop. */
export const MIN_LATENCY_SECONDS = 0.001

/**
 * The program and the arguments of an exec check, and all of their characters: a longer command belongs in a script.
 */
export const MAX_COMMAND_PARTS = 64
export const MAX_COMMAND_CHARS = 4096

/** Characters or octets that a UDP check sends: more does not pass every network in one datagram. */
export const MAX_DATAGRAM_CHARS = 1000

/** Records that a DNS check expects: more is a zone's test, and not a sign of health. */
export const MAX_EXPECTED_RECORDS = 20

/** Characters of a pattern: its automaton grows with it. */
export const MAX_PATTERN_CHARS = 1000

/**
 * Instructions of a pattern, times the octets that it searches. RE2 may run all instructions for each octet, at some 15
 * nanoseconds each, so that a reply takes a quarter of a second at most. The default of 64 KiB allows 256 instructions.
 */
export const MAX_PATTERN_WORK = 16_777_216

/** Instructions of all patterns of a zone, as of 3,000 ordinary patterns. Each takes some microseconds to compile. */
export const MAX_ZONE_PATTERN_INSTRUCTIONS = 65_536

/** Octets that a TCP check reads while it searches for the expected text. */
export const MAX_CONVERSATION_BYTES = 65_536

/** Octets that a probe reads of a body. A health page is smaller. */
export const MAX_BODY_BYTES = 1_048_576

/** Depth of calculated checks of calculated checks: more is a mistake. */
export const MAX_CALCULATED_DEPTH = 8

// --- vantage points, guards and overrides ----------------------------------------------------------------------------

/**
 * The interval at which an unchanged document of a vantage point is written, so that its readers know that it is not
 * stale.
 */
export const HEARTBEAT_SECONDS = 300

/** Three heartbeats of a vantage point: a state without confirmation for so long is stale. */
export const DEFAULT_STALE_SECONDS = 900

/** Two heartbeats: less would mark a quiet vantage point as stale. */
export const MIN_STALE_SECONDS = 600

/** Octets of a request body from an application or a person, which is small. */
export const MAX_PUSH_BYTES = 262_144

/** Moments at which new overrides begin, and the pools are looked at: each look takes all pools. */
export const MAX_GUARDED_MOMENTS = 8

/**
 * The longest time within which a guard counts targets that go down, in seconds: what happens an hour apart has no one
 * cause. By default it is the time in which a check with the usual interval and number of failures finds out, once for
 * each of two targets that are probed at the ends of a minute.
 */
export const MAX_GUARD_WITHIN_SECONDS = 3600
export const DEFAULT_GUARD_WITHIN_SECONDS = 120

/**
 * The longest time for which a guard holds states, in seconds. By default a person who is called has the time to look;
 * after it measurement is believed, because an outage of many targets that is real must not be hidden for long.
 */
export const MAX_GUARD_FOR_SECONDS = 86_400
export const DEFAULT_GUARD_FOR_SECONDS = 600

/** The share of targets above which a guard holds. At 1 it never would. */
export const MIN_GUARD_SHARE = 0.01
export const MAX_GUARD_SHARE = 0.99
export const DEFAULT_GUARD_SHARE = 0.5

/** The fewest targets with which a guard counts: of two, one that fails is half. */
export const DEFAULT_GUARD_LEAST = 3

/**
 * Lines of the log about guards in one tick: thousands of zones may have the same targets. The next tick has others.
 */
export const MAX_TOLD_HOLDS = 20

/** Records by which a name tells its health: a message has 64 KiB, and each record takes 270 octets at most. */
export const MAX_TOLD_RECORDS = 64

/** The TTL of such records, in seconds: a state that settles may be kept as long as an isolate keeps health. */
export const MIN_TOLD_TTL_SECONDS = 5
export const MAX_TOLD_TTL_SECONDS = 30

/** A window of an override that recurs: one that is longer than a week would always be open. */
export const MAX_WINDOW_SECONDS = 604_800

// --- keys of the API -------------------------------------------------------------------------------------------------

/** Characters of a secret or an API key, which must not be guessed: 16 random letters and digits are some 80 bits. */
export const MIN_SECRET_CHARS = 16

/** Wrong API keys that an address may send at once. One more each second cannot guess a key in a lifetime. */
export const MAX_GUESSES = 20
export const GUESS_REFILL_MS = 1000

/** Addresses whose wrong keys are counted: some 200 KB. An attacker with more addresses has other means. */
export const MAX_GUESSING_ADDRESSES = 1000

/** Named keys. A command lists all of them at once: one page of KV. */
export const MAX_KEYS = 1000

/** Characters of a key's name, which stands in each line of the log and in each change that it makes. */
export const MAX_KEY_NAME_CHARS = 64

/** Scopes of a key, all of which are looked at with each request, and those that a refusal lists. */
export const MAX_SCOPES = 50
export const MAX_LISTED_SCOPES = 10

/** Characters of a scope: the longest name, with all of its octets escaped. */
export const MAX_SCOPE_CHARS = 1032

/** Octets of a request for a key: its scopes with the longest names, and their JSON. */
export const MAX_KEY_BODY_BYTES = 65_536

// --- PowerDNS's remote backend ---------------------------------------------------------------------------------------

/** Octets of a call of PowerDNS's remote backend: two names of 255 octets, all of them escaped, and its parameters. */
export const MAX_BACKEND_CALL_BYTES = 65_536

/** Keys by which PowerDNS signs a zone: those of two roll-overs at once, and some that nobody cleaned up. */
export const MAX_SIGNING_KEYS = 20

/** Characters of such a key: RSA with 4,096 bits has 3,300, and is none to recommend. */
export const MAX_SIGNING_KEY_CHARS = 8192

/** Characters of a setting of DNSSEC: NSEC3PARAM with the longest salt has 520. */
export const MAX_SIGNING_VALUE_CHARS = 600

/** Names of a zone that an isolate keeps in canonical order, so that PowerDNS can deny others by NSEC: some 10 MB. */
export const MAX_ORDERED_NAMES = 50_000

/** Zones whose kind and metadata an isolate remembers for PowerDNS, which asks every minute: some 1 KB each. */
export const MAX_REMEMBERED_FACTS = 1000

/** PowerDNS's secondaries are notified of a change for so long. It asks once a minute, and a NOTIFY may get lost. */
export const NOTIFY_MS = 300_000

// --- the log, and who changed what -----------------------------------------------------------------------------------

/** Characters of a path in a line of the log: no zone has a longer one. */
export const MAX_LOGGED_PATH_CHARS = 300

/** Characters of the reason of a change, which its history keeps. */
export const MAX_REASON_CHARS = 500

/** Characters of the author of a change: the name of a key. */
export const MAX_AUTHOR_CHARS = 200

/** The interval of log lines about wrong API keys, however many there are. */
export const GUESS_LOG_MS = 60_000

// --- addresses -------------------------------------------------------------------------------------------------------

/** The longest text of an address: IPv6 with a dotted end. A longer text is refused unread. */
export const MAX_ADDRESS_CHARS = 45

/** Networks whose Client Subnet options count. A query with the option is compared with all of them. */
export const MAX_TRUSTED_NETWORKS = 100

/** Client addresses whose parsed text is cached. A busy isolate sees a few hundred resolvers. */
export const MAX_KNOWN_ADDRESSES = 4096

// --- agents ----------------------------------------------------------------------------------------------------------

/** Octets of an agent's report, which is a health document. */
export const MAX_REPORT_BYTES = 1_048_576

/** An agent's clock, which numbers its reports, may be a day off. A number far ahead would block all later ones. */
export const MAX_SEQ_AHEAD_MS = 86_400_000

// --- scripts ---------------------------------------------------------------------------------------------------------

/** Nesting of a script, which is translated, checked and run by recursion. LuaJIT has the same limit. */
export const MAX_SCRIPT_NESTING = 200

/** Nodes of a script's stored tree, which is checked when its zone is loaded. 64 KB of dense Lua has 40,000. */
export const MAX_SCRIPT_NODES = 100_000

/** Nodes of all scripts of a zone. An isolate checks them in half a second when it loads the zone. */
export const MAX_ZONE_SCRIPT_NODES = 1_000_000

/** Local variables that are visible at one point of a function. Lua has the same limit. */
export const MAX_SCRIPT_LOCALS = 200

/** Steps of one evaluation: 20 times PowerDNS's 1000 instructions. An endless loop ends in a few milliseconds. */
export const MAX_SCRIPT_STEPS = 20_000

/**
 * Steps of one query, which all of its scripts, pools and choices share. A step takes at most a microsecond, so that a
 * query takes at most 20 milliseconds.
 */
export const MAX_QUERY_STEPS = 20_000

/** Octets of texts and tables that a query's scripts make: no answer is as large. A text doubles to it in 20 steps. */
export const MAX_SCRIPT_BYTES = 1_048_576

/** Depth of calls. */
export const MAX_SCRIPT_CALLS = 180

/** Nesting of all running functions together: 180 calls with 200 levels each would overflow a Worker's stack. */
export const MAX_SCRIPT_STACK_COST = 2_500

// --- targets that scripts compute ------------------------------------------------------------------------------------

/** Paths through a script that are explored when a zone is compiled, to find the targets of its health functions. */
export const MAX_EXPLORED_WAYS = 256

/** Choices on one of these paths: more are a loop over a value that only a query has. */
export const MAX_EXPLORED_CHOICES = 200

/** Outcomes of one choice: a larger table is not a list of pools that a person wrote. */
export const MAX_EXPLORED_OUTCOMES = 64

/** Paths that wait to be explored. */
export const MAX_EXPLORED_PENDING = 4_096

/** Steps of one path: enough for the steps of a query, each of which is a call here. */
export const MAX_EXPLORED_STEPS = 100_000

/** Steps of all paths through one script: a fraction of a second, and a fifth of the zone's steps. */
export const MAX_EXPLORED_SCRIPT_STEPS = 200_000

/** Steps of all paths through all scripts of a zone: a second or two. */
export const MAX_EXPLORED_ZONE_STEPS = 1_000_000

/** Characters of the arguments of a health function that a script computes: a thousand addresses. */
export const MAX_HEALTH_CALL_CHARS = 65_536

/** Characters of arguments that only a query has. The query is charged for the work to make their pool. */
export const MAX_ASKED_CALL_CHARS = 4_096

/** Characters of all calls whose pools a zone caches for later queries: some 4,000 addresses. */
export const MAX_ASKED_POOLS_CHARS = 65_536

/** Computed checks that one answer reports. Later answers report more. */
export const MAX_ASKED_AN_ANSWER = 100

/** Cells that a look-up of a location scans: a few milliseconds. Later look-ups continue from there. */
export const MAX_PLACE_STEPS = 20_000

/** Octets of an asked check as JSON: enough for the options of a LUA function and a URL. */
export const MAX_ASKED_OCTETS = 2048

/** Asked checks of a zone. Any client can cause new ones, and each is probed and stored in health documents. */
export const MAX_ASKED_A_ZONE = 200

/** Asked checks of all zones, which share them fairly. Their object stores 2 MB at most; each tick reads the list. */
export const MAX_ASKED = 1000

/** Asked checks that an isolate reports in one call. */
export const MAX_ASKED_BATCH = 100

/** Calls with asked checks that an isolate makes in a minute: the free plan has 100,000 requests to objects a day. */
export const MAX_ASKED_CALLS = 6

/** Files of `lua-global-include-dir`: all of them run before each LUA record, within its budget. */
export const MAX_LUA_GLOBALS = 100

// --- plans -----------------------------------------------------------------------------------------------------------

/**
 * Steps of a plan, over all of its questions: a policy that is visited for a network in which every decision is the
 * same, or a run of a script. 100,000 prefixes that are spread over IPv4 take some four million.
 */
export const MAX_PLAN_STEPS = 20_000_000

/**
 * Addresses after each other that a plan asks for by themselves, where code reads all of an address: it could be each
 * one.
 */
export const MAX_PLAN_SINGLES = 256

/** Clients of a network that a plan asks for, where a hash decides for each. The share that moves is within 6 %. */
export const MAX_PLAN_SAMPLES = 256

/** Networks that a plan lists, over all of its changes. It counts the others. */
export const MAX_PLAN_NETWORKS = 100_000

/** Places that a plan asks from, without a database: more than there are countries. */
export const MAX_PLAN_PLACES = 300

/** States of health that a plan looks at where the first shows no change: each is a walk through all networks. */
export const MAX_PLAN_STATES = 16

// --- the API ---------------------------------------------------------------------------------------------------------

/**
 * Changes of a PATCH, or rrsets of a zone that is created over the API. The largest zone that the API keeps has fewer,
 * and a client that sends more is to cut its work.
 */
export const MAX_API_CHANGES = 100_000

/** Records of an rrset in the API, disabled ones included: more of the smallest do not fit a message. */
export const MAX_API_RECORDS = 12_000

/**
 * Characters of a record in the API: the longest code, its type and its quotes, or any data with all octets escaped.
 */
export const MAX_API_CONTENT_CHARS = MAX_LUA_CHARS + 64

/** Comments of an rrset, and characters of one, which PowerDNS's own databases cut off there. */
export const MAX_API_COMMENTS = 100
export const MAX_API_COMMENT_CHARS = 65_535

/** Characters of an account, a kind and other settings of a zone in the API: more are no name. */
export const MAX_API_SETTING_CHARS = 255

/** Primaries of a zone, which are kept and never asked. */
export const MAX_API_MASTERS = 100

/**
 * Kinds of metadata of a zone, values of one, and characters of a value: they are read with each change of the zone.
 */
export const MAX_API_METADATA_KINDS = 100
export const MAX_API_METADATA_VALUES = 100
export const MAX_API_METADATA_CHARS = 4096

/** Name servers that a created zone gets. The largest zones have 13. */
export const MAX_API_NAMESERVERS = 100

/** Results of a search. PowerDNS's clients ask for 100. */
export const MAX_API_SEARCH_RESULTS = 10_000

/** Characters of a search: a name, or the beginning of a content. */
export const MAX_API_SEARCH_CHARS = 1024

/**
 * Octets of a zone that the API takes, as a document or as a zone file: some 100,000 records. It is compiled by a
 * Worker, which has 128 MB; larger zones are published by the command.
 */
export const MAX_API_ZONE_BYTES = 8 * 1024 * 1024

/**
 * Octets of the zones of a plan in the API, which are compiled together, and characters of the documents before them.
 */
export const MAX_API_PLAN_BYTES = 4 * 1024 * 1024

/** Zones of a plan in the API. */
export const MAX_API_PLAN_ZONES = 50

/** Steps of a plan in the API, a tenth of those of the command: some seconds of CPU. A plan that needs more says so. */
export const MAX_API_PLAN_STEPS = 2_000_000

/** Steps of a partition in the API: as those of a plan. */
export const MAX_API_PARTITION_STEPS = 2_000_000

/**
 * Steps of places in the API: each country and each point of the grid takes those of a query, and distances are slow
 * steps. Each member that distances rank is a step of each.
 */
export const MAX_API_PLACES_STEPS = 500_000

/**
 * Networks that a partition in the API lists. A policy by continents with a database of all countries has some 30,000.
 */
export const MAX_API_PARTITION_PREFIXES = 50_000

/** Characters of a partition in the API: an isolate has 128 MB, and the text is there once more as it is sent. */
export const MAX_API_PARTITION_CHARS = 16 * 1024 * 1024

/** Characters of the branch of a client: many names, each with choices, are a chain that nobody reads. */
export const MAX_TOLD_BRANCH_CHARS = 500

/** Networks that a plan in the API lists, over all of its changes: some 2 MB of JSON. It counts the others. */
export const MAX_API_PLAN_NETWORKS = 10_000

/** Rrsets of a zone that one reply lists. A page shows fewer, and asks again. */
export const MAX_API_RRSETS = 1000

/** Policies of a zone that one reply draws: they are compiled for it. */
export const MAX_API_POLICIES = 50

/** Records or characters of one rrset that a list shows; its drawing, or the zone file, has all. */
export const MAX_SHOWN_RECORDS = 20
export const MAX_SHOWN_CHARS = 600

/** Nodes of the drawing of a policy, branches of one of them, and records of an end: more than anybody looks at. */
export const MAX_DRAWN_NODES = 400
export const MAX_DRAWN_BRANCHES = 40
export const MAX_DRAWN_RECORDS = 20

/**
 * Differences between two versions of a zone that are told line by line. Their number squared is the work to find them.
 */
export const MAX_DIFF_EDITS = 4_000

/** Parameters of a URL, of which only supposed states are repeated. */
export const MAX_API_PARAMETERS = 80

// --- ledgers ---------------------------------------------------------------------------------------------------------

/**
 * Characters of a zone that the API changes, and its records. A Durable Object has 128 MB for the text, the document,
 * the compiled zone, and those of the version before.
 */
export const MAX_LEDGER_DOCUMENT_CHARS = 8 * 1024 * 1024
export const MAX_LEDGER_RECORDS = 100_000

/**
 * Records of the zones that an isolate keeps compiled for their ledgers, beside those that are in use: three of the
 * zone for which a change is measured. A larger zone is compiled again after a pause.
 */
export const MAX_RECENT_RECORDS = 30_000

/**
 * The history of a zone: changes, characters of what they replaced, and how long a version is kept after it was
 * replaced. A thousand changes are a year of a person's, and a quarter is how far back a review looks.
 */
export const MAX_LEDGER_CHANGES = 1000
export const MAX_LEDGER_CHARS = 64 * 1024 * 1024
export const LEDGER_KEPT_MS = 90 * 86_400_000

/**
 * Zones that the API creates: each is an entry of the catalog, which all isolates read, and a Durable Object. Twice as
 * many as the largest installation of docs/scale.md has.
 */
export const MAX_API_ZONES = 20_000

/**
 * Calls that wait for a zone's ledger. Each is an open request of a client, who gives up before a thousand others are
 * done.
 */
export const MAX_LEDGER_WAITING = 1000

/**
 * Values that one invocation writes to KV for a zone. The free plan allows 50 subrequests; the other steps need some.
 */
export const MAX_LEDGER_PUTS = 35

/** Octets of a request of PowerDNS's API: a zone of 50,000 records as rrsets. */
export const MAX_API_BODY_BYTES = 8 * 1024 * 1024

/** Nesting of such a request. Rrsets, records and comments have four levels; nothing deeper is read. */
export const MAX_API_DEPTH = 32

/**
 * Zones that a search of records reads. Each is a call of a Durable Object, of which an invocation makes 1,000 at most.
 */
export const MAX_SEARCHED_ZONES = 500

// --- metrics ---------------------------------------------------------------------------------------------------------

/**
 * Series of `/metrics`: targets, as many members of pools, reports of vantage points, pools, zones and overrides. A
 * scrape of all of them is 10 MB at most, which a server of Prometheus reads in its time, and `edge_gslb_left_out`
 * counts the others.
 */
export const MAX_METRIC_TARGETS = 10_000
export const MAX_METRIC_REPORTS = 20_000
export const MAX_METRIC_POOLS = 10_000
export const MAX_METRIC_ZONES = 10_000
export const MAX_METRIC_OVERRIDES = 1000

/**
 * Characters of the branch of a counted query. Workers Analytics Engine keeps 16 KB of all texts of a row; a nested
 * answer has few words.
 */
export const MAX_BRANCH_CHARS = 200

/** Characters of the index of a counted query, which are octets: Workers Analytics Engine takes no longer one. */
export const MAX_INDEX_CHARS = 96

// --- DNSSEC ----------------------------------------------------------------------------------------------------------

/**
 * The signatures that an isolate keeps, in octets of memory, about: 5,000 rrsets with one each. They are made again
 * when they are asked for; beside zones and the cache of forwarding they leave room in the 128 MB of an isolate.
 */
export const MAX_SIGNATURE_BYTES = 6 * 1024 * 1024

/**
 * As above, of names that no zone has, and that clients make up: what a flood of them asks for is not asked for again.
 */
export const MAX_MADE_SIGNATURE_BYTES = 1024 * 1024

/** Replies that are kept with their signatures, in octets of memory, about: 500 popular ones. All go at once. */
export const MAX_SIGNED_MESSAGE_BYTES = 2 * 1024 * 1024

/**
 * Signed zones whose keys the status and metrics watch; key sets that one look reads from KV, and parents that it asks
 * for DS records. A request of the free plan may make 50 subrequests, and what is left has its turn with the next look.
 */
export const MAX_WATCHED_ZONES = 1000
export const MAX_KEY_READS_A_LOOK = 20
export const MAX_PARENT_ASKS_A_LOOK = 5

/** Zones whose keys an isolate has ready. One takes 5 kB, and some milliseconds to be made again. */
export const MAX_KEY_RINGS = 1000

/** Keys of a zone: a few of one's own and of other providers during a rollover. The DNSKEY set is one reply. */
export const MAX_ZONE_KEYS = 16

/** Characters of the secret that wraps private keys: it is guessed offline by who has KV, unlike a key of the API. */
export const MIN_DNSSEC_SECRET_CHARS = 32

/** Characters of a file with a private key; PKCS#8 of P-384 in PEM has 400. */
export const MAX_KEY_FILE_CHARS = 4096

/**
 * Seconds after which every isolate answers with changed keys, beside two refresh intervals: Workers KV shows a value
 * that was replaced for a minute, and a switch of the catalog that KV does not take waits for as long.
 */
export const KEYS_SLACK_SECONDS = 120

/** The seconds between two looks of an isolate at the catalog, where REFRESH_SECONDS says nothing else. */
export const USUAL_REFRESH_SECONDS = 30

// --- the record of health, and of traffic ----------------------------------------------------------------------------

/** Changes of states that the record keeps, and for how long: a month is what people look back on after an incident. */
export const MAX_RECORD_ROWS = 20_000
export const MAX_RECORD_MS = 30 * 86_400_000

/**
 * Counts of queries that the API gives out: what a page lists, of a month at most, since Analytics Engine keeps three.
 */
export const MAX_TRAFFIC_ROWS = 25
export const MAX_TRAFFIC_HOURS = 744
/** Characters of a reply of Analytics Engine: a few hundred rows. */
export const MAX_TRAFFIC_BYTES = 1_000_000
export const TRAFFIC_TIMEOUT_MS = 10_000

/** Events of a reply of the API: a page shows fewer. */
export const MAX_EVENT_REPLY = 1000

/** Latencies: a sample each five minutes, which is when vantage points write at least, for a week. */
export const LATENCY_SAMPLE_MS = 300_000
export const MAX_LATENCY_MS = 7 * 86_400_000

/**
 * Characters of all samples: a week of 5,000 targets of two vantage points takes 60 million. An object may have a GB.
 */
export const MAX_LATENCY_CHARS = 100_000_000

/** Targets whose latency is recorded: a sample of them all is 30 KB. */
export const MAX_RECORDED_TARGETS = 10_000

/** Characters of a value of the monitor's storage, where a value has 2 MB. */
export const MAX_PERSISTED_CHARS = 500_000

/** A version that counts since longer ago than the last look, and this time before it, is no news. */
export const NEWS_SLACK_MS = 600_000

/** The monitor looks at most so often: with 5,000 targets a look is work. */
export const MIN_LOOK_GAP_MS = 1000

/** The span of a history: as long as the record goes back. */
export const MAX_HISTORY_MS = 31 * 86_400_000

// --- notifications ---------------------------------------------------------------------------------------------------

/** Receivers of notifications that a zone, or NOTIFY, names: each gets every message. */
export const MAX_RECEIVERS = 16

/** Receivers of all zones together: a reply of the API lists them all. */
export const MAX_ALL_RECEIVERS = 1000

/** Characters of a receiver's URL: those of chat services have some 120. */
export const MAX_NOTIFY_URL_CHARS = 2048

/** The longest time for which a change may have to last before it is told: a day, after which it is no news. */
export const MAX_HOLD_SECONDS = 86_400

/** Changes that come within so long are one message. It is part of the five seconds in which a receiver is told. */
export const GATHER_MS = 1500

/** A target causes one message in so long for each direction: who is told of a flapping target knows it. */
export const MESSAGE_GAP_MS = 300_000

/**
 * Messages of an event that an audience gets at once, and how often one more: whatever targets do, people can read
 * them.
 */
export const MESSAGE_BURST = 5
export const MESSAGE_REFILL_MS = 60_000

/** Pools, or checks with targets, that have a message each if they change at once. More share one. */
export const MAX_SEPARATE_MESSAGES = 4

/** Changes in a message: a receiver gets some 200 KB at most. */
export const MAX_MESSAGE_ITEMS = 1000

/** Alertmanager drops an alert by itself after so long: one whose end was lost does not stay for ever. */
export const MAX_ALERT_MS = 30 * 86_400_000

/** A receiver has so long to answer: PagerDuty and chat services take less than a second. */
export const NOTIFY_TIMEOUT_MS = 10_000

/** The longest wait that a receiver may ask for. */
export const MAX_RETRY_AFTER_SECONDS = 3600

/** The waits before a message is tried again. After the last of them it is given up: by then it is hours old. */
export const NOTIFY_RETRY_SECONDS = [5, 15, 60, 300, 900, 3600, 7200] as const

/** Messages that wait for one receiver, and for all: the oldest give way. */
export const MAX_WAITING = 200
export const MAX_ALL_WAITING = 2000

/** Requests that an alarm of the monitor sends: the free plan allows 50 subrequests, and six at once. */
export const MAX_SENDS_AN_ALARM = 24
export const MAX_SENDS_AT_ONCE = 6
