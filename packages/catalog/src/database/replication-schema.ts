/** A step of the schema: what was replicated by which rule. No part of what the ledger keeps: lost, it is found out again. */
export const replicationSchema: readonly string[] = [
  `CREATE TABLE replications (
    rule TEXT NOT NULL,
    repository TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT,
    error TEXT,
    at TEXT NOT NULL,
    PRIMARY KEY (rule, repository, name)
  )`,
];

/** What failed is asked for often, and is little of what there is. */
export const failedReplicationSchema: readonly string[] = [
  'CREATE INDEX replications_failed ON replications (rule, repository, name) WHERE error IS NOT NULL',
];
