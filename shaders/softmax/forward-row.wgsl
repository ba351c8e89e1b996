#include "common/row-by-invocation.wgsl"
#include "softmax/forward.wgsl"
