#include "common/row-by-invocation.wgsl"
#include "rms-norm-rope/backward.wgsl"
