#include "common/row-by-invocation.wgsl"
#include "softmax/backward.wgsl"
