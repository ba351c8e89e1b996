#include "common/row-by-workgroup.wgsl"
#include "rms-norm/forward.wgsl"
