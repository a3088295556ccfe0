import { referenceStoreContract } from '../testing/index.ts';
import { createMemoryRepository } from './memory-repository.ts';

referenceStoreContract('memory', async () => createMemoryRepository());
