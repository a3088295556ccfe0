import type { Check } from './check.ts';
import { addFile } from './rules/add-file.ts';
import { addUrl } from './rules/add-url.ts';
import { configSecrets } from './rules/config-secrets.ts';
import { devices } from './rules/devices.ts';
import { emptyPasswords } from './rules/empty-passwords.ts';
import { healthcheck } from './rules/healthcheck.ts';
import { labels } from './rules/labels.ts';
import { latestBase } from './rules/latest-base.ts';
import { latestTag } from './rules/latest-tag.ts';
import { oldImage } from './rules/old-image.ts';
import { packageCache } from './rules/package-cache.ts';
import { packageManager } from './rules/package-manager.ts';
import { pipedDownload } from './rules/piped-download.ts';
import { privilegedPorts } from './rules/privileged-ports.ts';
import { rootUser } from './rules/root-user.ts';
import { setuidFiles } from './rules/setuid-files.ts';
import { shell } from './rules/shell.ts';
import { sshKeys } from './rules/ssh-keys.ts';
import { sshServer } from './rules/ssh-server.ts';
import { sudo } from './rules/sudo.ts';
import { unnecessaryPackages } from './rules/unnecessary-packages.ts';
import { unverifiedPackages } from './rules/unverified-packages.ts';
import { updateAlone } from './rules/update-alone.ts';
import { volumes } from './rules/volumes.ts';
import { worldWritable } from './rules/world-writable.ts';

/** Every check, in the order of their ids. Adding one is adding a file, and a line here. */
export const allChecks: readonly Check[] = [
  addFile,
  addUrl,
  configSecrets,
  devices,
  emptyPasswords,
  healthcheck,
  labels,
  latestBase,
  latestTag,
  oldImage,
  packageCache,
  packageManager,
  pipedDownload,
  privilegedPorts,
  rootUser,
  setuidFiles,
  shell,
  sshKeys,
  sshServer,
  sudo,
  unnecessaryPackages,
  unverifiedPackages,
  updateAlone,
  volumes,
  worldWritable,
].sort((a, b) => (a.id < b.id ? -1 : 1));
