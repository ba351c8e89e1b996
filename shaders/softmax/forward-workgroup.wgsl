#include "common/row-by-workgroup.wgsl"
#include "softmax/forward.wgsl"
