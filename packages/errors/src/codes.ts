/**
 * What a failure means for whoever has to act on it. Edges map a kind, never a single code, to an exit code or an HTTP status.
 */
export type ErrorKind =
  | 'usage' // the caller asked for something that cannot be asked
  | 'invalid' // data that was read does not follow its format
  | 'denied' // a rule or policy refused
  | 'auth' // credentials are absent, wrong or too weak
  | 'not-found'
  | 'conflict' // the state moved under the caller
  | 'limit' // a bound that protects the machine was reached
  | 'verification' // bytes are not what their digest, size or signature says
  | 'network' // the other side could not be reached or broke off
  | 'unavailable' // this machine lacks what is needed
  | 'interrupted'
  | 'failed'; // a step that ran did not succeed

interface CodeInfo {
  readonly kind: ErrorKind;
  /** One sentence for people, in `docs/errors.md`. */
  readonly meaning: string;
}

/** Every code that Lading throws. Callers match on the code; wording of messages may change, codes may not. */
export const codes = {
  // bytes
  BYTES_LIMIT: { kind: 'limit', meaning: 'More bytes arrived than the caller was ready to hold.' },
  BYTES_CORRUPT: { kind: 'invalid', meaning: 'Compressed data is damaged or cut off.' },
  INTERRUPTED: { kind: 'interrupted', meaning: 'The operation was cancelled by a signal.' },

  // oci
  DIGEST_INVALID: { kind: 'invalid', meaning: 'The text is not a digest of a supported algorithm.' },
  DIGEST_MISMATCH: { kind: 'verification', meaning: 'Content does not have the digest it was announced with.' },
  SIZE_MISMATCH: { kind: 'verification', meaning: 'Content does not have the size it was announced with.' },
  REFERENCE_INVALID: { kind: 'usage', meaning: 'The text is not an image reference.' },
  PLATFORM_INVALID: { kind: 'usage', meaning: 'The text is not a platform such as linux/arm64/v8.' },
  PLATFORM_UNMATCHED: { kind: 'not-found', meaning: 'An index has no image for the platform that was asked for.' },
  MANIFEST_INVALID: { kind: 'invalid', meaning: 'A manifest, index or config does not follow its specification.' },
  MANIFEST_UNSUPPORTED: {
    kind: 'invalid',
    meaning: 'A manifest is of a kind that is not supported, such as schema 1.',
  },

  // tar and file trees
  TAR_INVALID: { kind: 'invalid', meaning: 'A tar archive is damaged, cut off or self-contradictory.' },
  TAR_UNSAFE: { kind: 'invalid', meaning: 'A tar entry would reach outside the folder it is unpacked to.' },
  TAR_UNSUPPORTED: { kind: 'invalid', meaning: 'A tar entry is of a kind that cannot be represented.' },
  UNPACK_FAILED: {
    kind: 'failed',
    meaning: 'A layer could not be written to disk or read back from it; the cause says why.',
  },

  // store
  BLOB_NOT_FOUND: { kind: 'not-found', meaning: 'A store does not hold the content that was asked for.' },
  INGEST_NOT_FOUND: { kind: 'not-found', meaning: 'A partial write with that id does not exist or was finished.' },
  INGEST_CLOSED: { kind: 'conflict', meaning: 'A write was used after it was committed or aborted.' },
  INGEST_BUSY: { kind: 'conflict', meaning: 'A write was used while an earlier call on it had not finished.' },
  RANGE_UNSUPPORTED: {
    kind: 'unavailable',
    meaning: 'Content is given only as a whole where a part of it was asked for.',
  },
  RANGE_INVALID: { kind: 'usage', meaning: 'A byte range starts past the end of the content or is reversed.' },
  STORE_FORMAT: { kind: 'unavailable', meaning: 'A store on disk was written in a format this version does not know.' },
  DISK_FULL: { kind: 'unavailable', meaning: 'The disk has not, or had not, the room for what was to be written.' },
  STORE_READONLY: { kind: 'usage', meaning: 'The store can be read but not written.' },
  STORE_NOT_FOUND: { kind: 'not-found', meaning: 'The bucket that should hold a store does not exist.' },
  STORE_DENIED: { kind: 'auth', meaning: 'The service that holds a store refused the credentials, or there are none.' },
  STORE_UNREACHABLE: {
    kind: 'network',
    meaning: 'The service that holds a store could not be reached, broke off or asks to come later.',
  },
  STORE_RESPONSE: { kind: 'network', meaning: 'The service that holds a store answered with an error.' },
  LAYOUT_INVALID: { kind: 'invalid', meaning: 'A folder or archive is not an OCI image layout.' },
  REFERENCE_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'No image has that name in the store or registry that was asked.',
  },
  REFERENCE_MOVED: { kind: 'conflict', meaning: 'A tag no longer points to what the caller expected.' },

  // image
  ARCHIVE_INVALID: {
    kind: 'invalid',
    meaning: 'An archive is damaged, unsafe, or neither an OCI layout nor a docker-archive.',
  },
  BUNDLE_INCOMPLETE: { kind: 'verification', meaning: 'A bundle does not hold exactly what it claims to hold.' },
  IMAGE_INVALID: { kind: 'invalid', meaning: 'The parts of an image contradict each other.' },
  COPY_FAILED: { kind: 'failed', meaning: 'A copy stopped; details name the side, the blob and what already arrived.' },

  // registry client
  REGISTRY_UNREACHABLE: { kind: 'network', meaning: 'A registry could not be reached or broke off the connection.' },
  REGISTRY_UNAUTHORIZED: { kind: 'auth', meaning: 'A registry refused the credentials, or wants some.' },
  REGISTRY_DENIED: { kind: 'auth', meaning: 'The credentials are valid but do not allow this.' },
  REGISTRY_RESPONSE: { kind: 'network', meaning: 'A registry answered with an error or against the protocol.' },
  REGISTRY_RATE_LIMITED: { kind: 'network', meaning: 'A registry asks to slow down (429).' },
  REGISTRY_UNSUPPORTED: { kind: 'failed', meaning: 'A registry does not offer what was asked, such as deleting.' },
  CREDENTIALS_INVALID: { kind: 'invalid', meaning: 'A credentials file or helper gave something unreadable.' },
  CONFIGURATION_INVALID: { kind: 'invalid', meaning: 'A file that configures registries cannot be read or used.' },
  REGISTRY_BLOCKED: { kind: 'denied', meaning: 'The configuration of this machine forbids to use a registry.' },
  ADDRESS_DENIED: {
    kind: 'denied',
    meaning: 'A host has an address that must not be connected to, such as one of this machine or its network.',
  },

  // dockerfile
  DOCKERFILE_CHECKS_FAILED: {
    kind: 'invalid',
    meaning: 'A Dockerfile asks to fail when a check finds something, and one does; details hold the line.',
  },
  DOCKERFILE_INVALID: { kind: 'invalid', meaning: 'A Dockerfile does not parse; details hold the line and column.' },

  // distro and recipe
  CONTROL_INVALID: { kind: 'invalid', meaning: 'A package control file or index does not parse.' },
  PACKAGE_INVALID: { kind: 'invalid', meaning: 'A package archive is damaged or not a package.' },
  PACKAGE_URL_INVALID: { kind: 'invalid', meaning: 'The text is not a package URL, or its parts cannot make one.' },
  PACKAGE_UNRESOLVED: { kind: 'not-found', meaning: 'A package or one of its dependencies cannot be satisfied.' },
  MIRROR_UNREACHABLE: { kind: 'network', meaning: 'A package mirror did not answer or broke off.' },
  MIRROR_UNTRUSTED: {
    kind: 'verification',
    meaning: 'A package mirror served something its signature or hash denies.',
  },
  RECIPE_INVALID: { kind: 'usage', meaning: 'A recipe (image.yaml) or its lock file is not valid.' },

  // runtime
  RUNTIME_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'This machine cannot run containers; the hint says what is missing.',
  },
  RUNTIME_FAILED: { kind: 'failed', meaning: 'A container could not be set up or torn down.' },

  // builder
  BUILD_INVALID: { kind: 'usage', meaning: 'A build cannot start: its definition contradicts itself or its context.' },
  BUILD_NOT_FOUND: { kind: 'not-found', meaning: 'The history of builds has none of that name.' },
  BUILD_DENIED: { kind: 'denied', meaning: 'A step asks for rights that the build was not told to allow.' },
  BUILD_STEP_FAILED: { kind: 'failed', meaning: 'A build step ran and failed; details hold its exit code and line.' },
  CACHE_INVALID: { kind: 'invalid', meaning: 'An imported build cache does not follow its format.' },
  BUILD_UNSUPPORTED: { kind: 'usage', meaning: 'A build asks for a feature that this version does not have.' },
  SOURCE_UNREACHABLE: {
    kind: 'network',
    meaning: 'Something that a build takes in (an address, a git repository) could not be fetched.',
  },
  SOURCE_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'An address, or a branch, tag or commit of a git repository, that a build takes in does not exist.',
  },
  SOURCE_DENIED: { kind: 'auth', meaning: 'The host of what a build takes in wants credentials, or refused them.' },
  SOURCE_MISMATCH: {
    kind: 'verification',
    meaning: 'What a build took in does not have the checksum or commit that it is pinned to.',
  },
  LOCK_INVALID: { kind: 'usage', meaning: 'The lock file of a Dockerfile is damaged, or of another version.' },
  LOCK_INCOMPLETE: {
    kind: 'verification',
    meaning: 'A locked build takes in something that its lock file does not pin; details hold each.',
  },
  PROVENANCE_INVALID: {
    kind: 'invalid',
    meaning: 'The record of how an image was built is damaged, or of another image.',
  },
  PROVENANCE_NOT_FOUND: { kind: 'not-found', meaning: 'Nothing says how an image was built.' },
  REBASE_REFUSED: { kind: 'denied', meaning: 'The base of an image cannot be swapped safely; the message says why.' },
  BUILDPACK_INVALID: { kind: 'invalid', meaning: 'A buildpack, or what it wrote, does not follow the specification.' },
  BUILDPACKS_UNDETECTED: {
    kind: 'failed',
    meaning: 'No group of buildpacks takes the application; details say what each answered.',
  },

  // contents
  SBOM_INVALID: { kind: 'invalid', meaning: 'A document is no SBOM of a format that is known, or does not follow it.' },
  CONTENT_TOO_LARGE: { kind: 'limit', meaning: 'A file of an image is larger than what reads it takes.' },
  PACKAGE_RECORD_INVALID: {
    kind: 'invalid',
    meaning: 'A file of an image that says which packages are installed does not follow its format.',
  },

  SECRET_RULES_INVALID: {
    kind: 'usage',
    meaning:
      'A file of rules for secrets does not follow its format, or a pattern in it has no small bound for its work.',
  },

  // contents: advisories
  ADVISORIES_DAMAGED: {
    kind: 'verification',
    meaning: 'The bytes of an advisory database are not what its checksums say, or do not follow its format.',
  },
  ADVISORIES_FORMAT: {
    kind: 'unavailable',
    meaning: 'An advisory database has a format that this version of Lading does not read.',
  },
  ADVISORIES_NOT_FOUND: { kind: 'not-found', meaning: 'There is no advisory database on this machine yet.' },
  ADVISORIES_SOURCE_INVALID: {
    kind: 'invalid',
    meaning: 'What an advisory database was to be made from, or pulled as, has none.',
  },
  ADVISORY_NOT_FOUND: { kind: 'not-found', meaning: 'The advisory database knows nothing of an id.' },

  // catalog
  CATALOG_FORMAT: { kind: 'unavailable', meaning: 'The catalog database was written by a newer version.' },
  CATALOG_EXISTS: { kind: 'conflict', meaning: 'A catalog is there already where a new one was to be made.' },
  CATALOG_UNAVAILABLE: { kind: 'unavailable', meaning: 'The catalog database does not answer.' },
  JOURNAL_DAMAGED: { kind: 'verification', meaning: 'The journal was changed, or does not belong to the database.' },
  CONTENT_BUSY: { kind: 'unavailable', meaning: 'Content is just being removed, and can be written again after that.' },
  POLICY_REFUSED: { kind: 'denied', meaning: 'A policy of the registry forbids it; details hold which.' },
  RESTORE_IMPOSSIBLE: { kind: 'not-found', meaning: 'What was removed is not in the trash, or no longer whole.' },
  JOB_RUNNING: { kind: 'conflict', meaning: 'The job runs already, here or in another replica.' },
  JOB_UNKNOWN: { kind: 'not-found', meaning: 'There is no job of that name or id.' },
  JOB_FAILED: { kind: 'failed', meaning: 'A job of a registry ended without success; its record tells why.' },
  SCAN_FAILED: { kind: 'failed', meaning: 'What looks into images broke off; the image is looked into again later.' },
  JOB_CANCELLED: { kind: 'interrupted', meaning: 'A job was told to stop.' },
  RECEIPT_INVALID: { kind: 'verification', meaning: 'A receipt was not signed by that registry, or was changed.' },
  JOURNAL_UNAVAILABLE: { kind: 'unavailable', meaning: 'The journal cannot be written.' },
  UPSTREAM_FAILED: {
    kind: 'network',
    meaning: 'The registry that a repository is a cache of did not give what was asked.',
  },
  UPSTREAM_LIMITED: { kind: 'network', meaning: 'The registry that a repository is a cache of asks to slow down.' },
  UPSTREAM_DENIED: {
    kind: 'denied',
    meaning: 'The registry that a repository is a cache of does not let the cache have it.',
  },
  REPLICATION_FAILED: { kind: 'failed', meaning: 'A replication rule could not go on; the cause says why.' },
  BACKUP_INVALID: { kind: 'verification', meaning: 'A backup is not whole, or the place for it holds something else.' },
  IMPORT_INVALID: { kind: 'usage', meaning: 'The folder to import is no data folder of a distribution registry.' },

  // contents: archives and executables
  ZIP_INVALID: { kind: 'invalid', meaning: 'A zip file, or a member of one, is damaged or contradicts itself.' },
  ZIP_UNSUPPORTED: {
    kind: 'invalid',
    meaning: 'A member of a zip file is encrypted, or compressed in a way not read.',
  },
  EXECUTABLE_INVALID: {
    kind: 'invalid',
    meaning: 'An executable, or what its compiler noted in it, is damaged or contradicts itself.',
  },

  // contents: findings
  IGNORE_FILE_INVALID: {
    kind: 'usage',
    meaning: 'A file of ignore rules does not parse, or a rule lacks what it must say.',
  },
  VEX_INVALID: { kind: 'usage', meaning: 'A document that should be OpenVEX does not follow its specification.' },

  // edges
  USAGE: { kind: 'usage', meaning: 'The command line or a request is malformed.' },
  FILE_NOT_FOUND: { kind: 'not-found', meaning: 'A file or folder that was named does not exist.' },
  FILE_UNREADABLE: { kind: 'failed', meaning: 'A file or folder exists but could not be read.' },
  SERVER_LISTEN: { kind: 'unavailable', meaning: 'A server could not bind its address.' },
} as const;

codes satisfies Record<string, CodeInfo>;

export type ErrorCode = keyof typeof codes;
