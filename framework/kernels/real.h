// The number type of activations, weights and gradients.
#pragma once

namespace cambium {

// float, or double in the library `cambium_f64`, which is these same sources compiled a second time with
// CAMBIUM_F64 set and the namespace renamed (see CMakeLists.txt), so that one program can hold both.
// Statistics, decays and everything else that must not drift is `double` in either build.
#ifdef CAMBIUM_F64
using real = double;
#else
using real = float;
#endif

}  // namespace cambium
