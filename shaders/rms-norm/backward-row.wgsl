#include "common/row-by-invocation.wgsl"
#include "rms-norm/backward.wgsl"
