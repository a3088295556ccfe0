import { temporaryFolder } from '@lading/testkit';
import { contentStoreContract } from '../testing/index.ts';
import { openDirectoryStore } from './directory-store.ts';

contentStoreContract('directory', async (t) => openDirectoryStore(await temporaryFolder(t)));
