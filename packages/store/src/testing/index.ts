export { contentStoreContract } from './content-store-contract.ts';
export type { ContractOptions } from './contract.ts';
export { type JournalPlace, journalContract } from './journal-contract.ts';
export { referenceStoreContract } from './reference-store-contract.ts';
