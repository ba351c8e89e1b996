/** Names the folder of compiled kernels to this process and to those that it starts. */
export function keepCompiledKernels(): void;
