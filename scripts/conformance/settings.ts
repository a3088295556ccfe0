/**
 * Every API and every kind of data that the suite knows, named one by one: what it leaves out by default, in this version or a later one,
 * is then still asked for. https://github.com/opencontainers/distribution-spec/blob/main/conformance/README.md
 */
const apis = [
  'PING',
  'PULL',
  'PUSH',
  'BLOBS_ATOMIC',
  'BLOBS_DELETE',
  'BLOBS_DIGEST_HEADER',
  'BLOBS_MOUNT_ANONYMOUS',
  'BLOBS_UPLOAD_CANCEL',
  'MANIFESTS_ATOMIC',
  'MANIFESTS_DELETE',
  'MANIFESTS_DIGEST_HEADER',
  'MANIFESTS_TAG_PARAM',
  'TAGS_ATOMIC',
  'TAGS_DELETE',
  'TAGS_LIST',
  'REFERRER',
];
const data = [
  'IMAGE',
  'INDEX',
  'INDEX_LIST',
  'SPARSE',
  'ARTIFACT',
  'SUBJECT',
  'SUBJECT_MISSING',
  'ARTIFACT_LIST',
  'SUBJECT_LIST',
  'DATA_FIELD',
  'NONDISTRIBUTABLE',
  'CUSTOM_FIELDS',
  'NO_LAYERS',
  'EMPTY_BLOB',
  'SHA512',
];

/** The environment of a run against the registry at `host`, over plain HTTP. */
export function settings(host: string, resultsFolder: string): Record<string, string> {
  return {
    OCI_VERSION: 'dev',
    OCI_REGISTRY: host,
    OCI_TLS: 'disabled',
    OCI_REPO1: 'conformance/repo1',
    OCI_REPO2: 'conformance/repo2',
    OCI_RESULTS_DIR: resultsFolder,
    ...Object.fromEntries(apis.map((name) => [`OCI_API_${name}`, 'true'])),
    ...Object.fromEntries(data.map((name) => [`OCI_DATA_${name}`, 'true'])),
  };
}
