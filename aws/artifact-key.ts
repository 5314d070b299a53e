/** The bucket of a Region that holds artifacts: Lambda takes code from a bucket of its own Region alone (API reference: UpdateFunctionCode). */
export type BucketOf = (region: string) => string;

/** Where an artifact lies in each of the buckets. */
export const artifactKey = (checksum: string): string => `${checksum}.zip`;

/** S3 and Lambda write a SHA-256 in base64. */
export const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

export const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
