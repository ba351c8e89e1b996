// See src/graph/graph.ts (Op, Kernel, Dispatch). K1: src/ops/matmul.ts and conv2d.ts exist now (signatures, references,
// gradients are mine and used by the models): you own them from here; replace/extend only their `kernels`. Delete this file.
