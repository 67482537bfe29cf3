//! Every bound on size and number that Comity enforces, in one place.

/// Octets of one ledger entry (C2SP tlog-tiles, entry bundles).
pub const ENTRY_OCTETS_MAX: usize = 65_535;
/// Entries of a ledger: some four hundred a day for a century.
pub const LEDGER_ENTRIES_MAX: u64 = 1 << 24;
/// Keys in a zone's DNSKEY set: one that signs, one that follows, one that stands
/// by, those that are revoked.
pub const ZONE_KEYS_MAX: usize = 8;
/// Octets of a zone file that is read.
pub const ZONE_FILE_OCTETS_MAX: usize = 64 * 1024 * 1024;
/// Records in a zone.
pub const ZONE_RECORDS_MAX: usize = 1_000_000;
/// Records in one record set.
pub const SET_RECORDS_MAX: usize = 1_000;
/// Octets of a blob on the ledger.
pub const BLOB_OCTETS_MAX: usize = 128 * 1024 * 1024;
/// Octets of a checkpoint with all its signatures.
pub const CHECKPOINT_OCTETS_MAX: usize = 48 * 1024;
/// Signature lines on one signed note.
pub const NOTE_SIGNATURES_MAX: usize = 300;
/// Members of one zone: as many as a founding act with all their signatures can
/// name in one entry.
pub const MEMBERS_MAX: usize = 200;
/// Octets of a member's or log's name.
pub const PARTY_NAME_OCTETS_MAX: usize = 63;
/// The largest integer in any JSON that Comity reads (RFC 7493 §2.2).
pub const INTEGER_MAX: u64 = (1 << 53) - 1;
/// Octets of a session or ceremony message.
pub const MESSAGE_OCTETS_MAX: usize = 8 * 1024 * 1024;
/// Octets of a ceremony message, twice what 250 members need: all of them are
/// in one blob in the end.
pub const CEREMONY_MESSAGE_OCTETS_MAX: usize = 128 * 1024;
/// Messages of a batch whose signers' commitments are kept decoded ahead of the
/// session, at 320 octets each: more than twice the renewals of an ordinary day.
pub const DECODED_MESSAGES_MAX: usize = 512;
/// Octets of a charter's one text: it fits the act that proposes it.
pub const CHARTER_OCTETS_MAX: usize = 40 * 1024;
/// Amendments of one proposal.
pub const AMENDMENTS_MAX: usize = 10;
/// Declarations by one key beside one thing.
pub const DECLARATIONS_PER_KEY_MAX: usize = 8;
/// Octets of papers: an act to be signed with all that its signers need to judge
/// it. Two acts, a charter, and the present sets of the names of a consent.
pub const PAPERS_OCTETS_MAX: usize = 1024 * 1024;
/// Keys in one policy of a holder.
pub const POLICY_KEYS_MAX: usize = 16;
/// Seconds for which a holder can let its own changes wait: longer ones would
/// freeze its names.
pub const HOLDER_DELAY_SECONDS_MAX: u64 = 90 * 86_400;
/// Seconds that a testament waits at least, and at most.
pub const TESTAMENT_SECONDS_MIN: u64 = 30 * 86_400;
/// See [`TESTAMENT_SECONDS_MIN`].
pub const TESTAMENT_SECONDS_MAX: u64 = 2 * 366 * 86_400;
/// Names that one act of findings is about, and findings that it quotes.
pub const FINDINGS_NAMES_MAX: usize = 64;
/// Findings that one act quotes.
pub const FINDINGS_QUOTED_MAX: usize = 32;
/// Octets of a quoted finding's sentence, and of its record.
pub const FINDING_TEXT_OCTETS_MAX: usize = 400;
/// Acts of findings by one key beside one proposal.
pub const FINDINGS_PER_KEY_MAX: usize = 16;
/// Ledger time for which what members found counts, in seconds.
pub const FINDINGS_SECONDS: u64 = 86_400;
/// Ledger time that a charter lets pass before shares are dealt to members as they
/// are, in seconds.
pub const DEAL_AFTER_SECONDS_MAX: u64 = 31 * 86_400;
/// Ledger time between two convocations by one member, in seconds.
pub const CONVOCATION_SECONDS_MIN: u64 = 86_400;
/// Ledger time in which an epoch that was dealt is tested, or is given up, in
/// seconds.
pub const TEST_SECONDS_MAX: u64 = 86_400;
/// How long a change of keys waits for the signature of a key that may not be able
/// to sign any more.
pub const KEYSET_SECONDS_MAX: u64 = 14 * 86_400;
/// Keys of the zone that are in use at the same time; what follows, stands by or is
/// revoked among them.
pub const KEYS_IN_USE_MAX: usize = 5;
/// Drop boxes that a charter names.
pub const BOXES_MAX: usize = 32;
/// Octets of a drop box's address.
pub const BOX_URL_OCTETS_MAX: usize = 256;
/// Octets of an act that a drop box takes, so that a merge act with it fits an
/// entry (base64 within base64).
pub const LODGED_OCTETS_MAX: usize = 32_768;
/// Octets of a receipt in its envelope.
pub const RECEIPT_OCTETS_MAX: usize = 2_048;
/// Ledger time within which a drop box promises an act to be merged, in
/// seconds (invariant 11: within the hour).
pub const MERGE_SECONDS: u64 = 3_600;
/// Ledger time after a decision in which an act with a receipt can void it, in
/// seconds: the hour, and time to find out.
pub const CONTEST_SECONDS: u64 = 86_400;
/// Names of which one member holds upstream's changes. A version in which there are
/// more is not taken at all.
pub const UPSTREAM_HELD_NAMES_MAX: usize = 256;
/// Octets of the code of its reason.
pub const UPSTREAM_REASON_OCTETS_MAX: usize = 64;
/// Ledger time for which members hold a change of what nobody holds, in seconds: a
/// threshold can delay the root of all others, and not part from it.
pub const UPSTREAM_HELD_SECONDS_MAX: u64 = 14 * 86_400;
/// Octets of what a member sends of its upstream.
pub const UPSTREAM_REPORT_OCTETS_MAX: usize = 8 * 1024 * 1024;
/// Changes of one holder's keys and names that wait at a time.
pub const WAITING_PER_HOLDER_MAX: usize = 8;
/// Unproven claims of one name that stand at a time.
pub const CLAIMS_PER_NAME_MAX: usize = 8;
/// Octets of the reason that a proposal or an objection gives.
pub const REASON_OCTETS_MAX: usize = 4096;
/// Changes in one proposal.
pub const CHANGES_MAX: usize = 100;
/// Proposals of one key that are open at a time.
pub const OPEN_PROPOSALS_PER_KEY_MAX: usize = 30;
/// Seconds from ledger time to the latest deadline that a proposal can have.
pub const DEADLINE_SECONDS_MAX: u64 = 366 * 86_400;
/// The largest denominator of a portion in a voting rule.
pub const PORTION_DENOMINATOR_MAX: u32 = 1_000;
/// Seconds that a vote lasts at least in which silence consents: nobody may
/// consent by being out of reach for some days.
pub const SILENCE_SECONDS_MIN: u64 = 14 * 86_400;
/// Seconds by which ledger time may be ahead of a member's own clock.
pub const CLOCK_SECONDS_AHEAD_MAX: u64 = 600;
/// Seconds of ledger time after which an edition that was not finished is given
/// up, and its contents go into one with the next number.
pub const OPEN_EDITION_SECONDS_MAX: u64 = 86_400;
/// Octets of a UDP message, in either direction: one that passes any network
/// in one piece (RFC 9715 §3.2).
pub const UDP_OCTETS_MAX: u16 = 1232;
/// TCP connections to a mirror's DNS server, in all.
pub const TCP_CONNECTIONS_MAX: usize = 250;
/// TCP connections to a mirror's DNS server from one client.
pub const TCP_CONNECTIONS_PER_CLIENT_MAX: usize = 50;
/// Seconds in which a client sends its next request by TCP (RFC 7766 §6.2.3).
pub const TCP_IDLE_SECONDS_MAX: u16 = 15;
/// Seconds in which a client reads one message by TCP.
pub const TCP_WRITE_SECONDS_MAX: u64 = 30;
/// Increments of a zone that a DNS server keeps: two versions a day for a fortnight. All
/// of them together have fewer octets than the zone.
pub const INCREMENTS_MAX: usize = 32;
/// Seconds in which a client reads a whole zone.
pub const TRANSFER_SECONDS_MAX: u64 = 600;
/// Connections to the secretariat's web server, in all.
pub const HTTP_CONNECTIONS_MAX: usize = 768;
/// Of these, how many one client may have: half, so that one alone never
/// keeps the others out.
pub const HTTP_CONNECTIONS_PER_CLIENT_MAX: usize = 384;
/// Of these, how many only those get from whose address a member has
/// cosigned.
pub const HTTP_CONNECTIONS_KEPT: usize = 256;
/// Octets of the head of an HTTP request.
pub const HTTP_HEAD_OCTETS_MAX: usize = 16 * 1024;
/// Seconds in which a client sends the head of its next HTTP request.
pub const HTTP_HEAD_SECONDS_MAX: u64 = 20;
/// Seconds in which a client sends the body of an HTTP request.
pub const HTTP_BODY_SECONDS_MAX: u64 = 30;
/// Seconds in which a client reads some of an HTTP answer.
pub const HTTP_WRITE_SECONDS_MAX: u64 = 20;
/// Seconds in which a client reads all of an HTTP answer.
pub const HTTP_ANSWER_SECONDS_MAX: u64 = 600;
/// Seconds after which an HTTP connection ends with its present answer.
pub const HTTP_CONNECTION_SECONDS_MAX: u64 = 3600;
/// Octets of bodies that are not judged yet. As many again are kept for those
/// from whose address a member has cosigned.
pub const HTTP_BODIES_OCTETS_MAX: usize = 64 * 1024 * 1024;
/// Requests for tasks that wait for news. As many again are kept, as above.
pub const TASKS_WAITING_MAX: usize = 384;
/// Acts, messages or overviews that wait for their turn, each kind by itself.
pub const REQUESTS_WAITING_MAX: usize = 512;
/// Of these, how many one client may have: all members may share an address.
pub const REQUESTS_WAITING_PER_CLIENT_MAX: usize = MEMBERS_MAX;
/// Octets of a cosignature or an endorsement.
pub const LINE_OCTETS_MAX: usize = 4096;
/// Networks in a table of their origins: several times those that are announced.
pub const ASN_NETWORKS_MAX: usize = 4_000_000;
/// Octets of a table of networks and their origins.
pub const ASN_FILE_OCTETS_MAX: u64 = 256 * 1024 * 1024;
/// Addresses of one delegation's name servers that are asked.
pub const CHECK_ADDRESSES_MAX: usize = 128;
/// Name servers of one delegation whose addresses are looked up.
pub const CHECK_SERVERS_MAX: usize = 64;
/// Name servers and resolvers that are asked at a time.
pub const CHECK_PLACES_AT_ONCE: usize = 16;
/// Records of one answer that are looked at.
pub const CHECK_ANSWER_RECORDS_MAX: usize = 512;
/// Signatures of one set that are verified: a set has one for each key.
pub const CHECK_SIGNATURES_MAX: usize = 8;
/// Names of one version about which evidence is gathered.
pub const EVIDENCE_NAMES_MAX: usize = 64;
/// Addresses of one name's old name servers that are asked for evidence, and as
/// many of its new ones.
pub const EVIDENCE_ADDRESSES_MAX: usize = 16;
/// Seconds in which all evidence on one version is gathered.
pub const EVIDENCE_SECONDS_MAX: u64 = 120;
/// Changes that a guard remembers.
pub const GUARD_HISTORY_MAX: usize = 4_096;
/// Octets of these changes as they are kept.
pub const GUARD_HISTORY_OCTETS_MAX: usize = 4 * 1024 * 1024;
/// Octets of a proof by DNSSEC: with base64 twice over it fits an entry.
pub const CHAIN_OCTETS_MAX: usize = 16 * 1024;
/// Zone cuts between the zone that a proof begins with and the one it ends in.
pub const CHAIN_CUTS_MAX: usize = 4;
/// Records in a set of a proof.
pub const CHAIN_SET_RECORDS_MAX: usize = 32;
/// Signatures of the first set of a proof; any other set has one.
pub const CHAIN_SIGNATURES_MAX: usize = 4;
/// Keys of one zone that share tag and algorithm: each costs a verification.
pub const CHAIN_TAG_KEYS_MAX: usize = 4;
/// Resolvers that are asked for a claim.
pub const RESOLVERS_MAX: usize = 16;
/// Sessions of one batch whose shares a secretariat still takes.
pub const SESSIONS_OPEN_MAX: usize = 4;
/// Acts that a drop box has taken and that are not on the ledger yet.
pub const BOX_OUTSTANDING_MAX: usize = 4_096;
/// Of these, how many by one key.
pub const BOX_OUTSTANDING_PER_KEY_MAX: usize = 64;
/// Of these, how many by keys that are no member's and no holder's.
pub const BOX_OUTSTANDING_STRANGERS_MAX: usize = 256;
/// Acts that a drop box remembers once they are on the ledger; beyond that the
/// oldest go early.
pub const BOX_MERGED_MAX: usize = 65_536;
/// Ledger time for which it does, in seconds.
pub const BOX_MERGED_SECONDS: u64 = 30 * 86_400;
/// Octets of a file with a receipt and its act, and of such an answer.
pub const RECEIPT_FILE_OCTETS_MAX: usize = 128 * 1024;
/// Files with receipts that are read from one directory.
pub const RECEIPT_FILES_MAX: usize = 4_096;
/// Receipts on one page of a drop box's list.
pub const RECEIPTS_PAGE_MAX: usize = 256;
/// Octets of the acts on such a page, which has one at least.
pub const RECEIPTS_PAGE_OCTETS_MAX: usize = 512 * 1024;
/// Receipts of one drop box that a member looks at, and of its operator's.
pub const RECEIPTS_PER_BOX_MAX: usize = 1_024;
/// Octets of the acts that they are for.
pub const RECEIPTS_OCTETS_PER_BOX_MAX: usize = 4 * 1024 * 1024;
/// Signatures of one set of an upstream zone: two, or four while keys or algorithms change.
pub const UPSTREAM_SIGNATURES_MAX: usize = 8;
/// How often an upstream zone may hash hashes again (RFC 5155 §10.3; RFC 9276 §3.1 asks
/// for zero, and from 101 on resolvers do not believe it, §3.2).
pub const NSEC3_ITERATIONS_MAX: u16 = 100;
/// Trust anchors of an upstream zone.
pub const ANCHORS_MAX: usize = 16;
/// Octets of each of the files by which trust anchors are published: anchors,
/// signature, and the authorities' certificates.
pub const ANCHOR_FILE_OCTETS_MAX: usize = 128 * 1024;
/// Elements, attributes and texts of the file of trust anchors.
pub const ANCHOR_FILE_NODES_MAX: u32 = 4_096;
/// Certificates in its signature, and as many authorities.
pub const ANCHOR_CERTIFICATES_MAX: usize = 16;
/// Signers of it.
pub const ANCHOR_SIGNERS_MAX: usize = 4;
/// Octets of a transfer of a whole zone.
pub const TRANSFER_OCTETS_MAX: usize = 256 * 1024 * 1024;
/// Upstreams of a zone that is watched.
pub const UPSTREAMS_MAX: usize = 32;
/// Versions of a watched zone that are kept.
pub const VERSIONS_KEPT_MAX: usize = 2_000;
/// Octets of a database of addresses in MaxMind's format: several times the largest
/// that know a country and an autonomous system for each.
pub const MMDB_OCTETS_MAX: u64 = 512 * 1024 * 1024;
/// Databases that one report of exposure reads.
pub const MMDB_FILES_MAX: usize = 8;
/// Octets of a name in a table or a database: an organisation's, a country's.
pub const LABEL_OCTETS_MAX: usize = 120;
/// Octets of a table of countries or of operators.
pub const TABLE_OCTETS_MAX: u64 = 1024 * 1024;
/// Lines of such a table.
pub const TABLE_LINES_MAX: usize = 20_000;
/// Steps from a name to those that its servers' names need, and so on.
pub const EXPOSURE_STEPS_MAX: usize = 8;
