#include "common/row-by-invocation.wgsl"
#include "layer-norm/backward.wgsl"
