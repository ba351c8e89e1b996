/** @file The set of pictures that comes with the studio (public/pictures). */

/** Its folder and name, how many pictures it has and the bytes of their files. */
export const SAMPLE_SET = { name: '3d-render', count: 100, bytes: 784_640 } as const;
