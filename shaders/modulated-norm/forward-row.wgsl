#include "common/row-by-invocation.wgsl"
#include "modulated-norm/forward.wgsl"
