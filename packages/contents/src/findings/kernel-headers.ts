import type { ImagePackage } from '@lading/facts';

const kernelSource =
  /^(?:linux(?:-(?:lts|virt|edge|headers|signed|aws|azure|gcp|oracle|raspi|kvm|hwe|lowlatency|\d)[\w.+-]*)?|kernel(?:-[\w.+-]+)?)$/;
const runningParts =
  /^(?:linux-image|linux-modules|linux-(?:lts|virt|edge)$|kernel(?:-rt|-debug|-64k)?(?:-core|-modules[\w-]*)?$)/;

/**
 * Whether a package is made from the kernel's sources but is no part of a kernel that runs: headers, tools, documentation. A container has
 * its host's kernel, so that the kernel's vulnerabilities are not in such a package.
 */
export function isKernelByProduct({ name, source }: ImagePackage): boolean {
  return kernelSource.test(source?.name ?? name) && !runningParts.test(name);
}
