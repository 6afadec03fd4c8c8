// The three passes of a layer with weights.
#pragma once

namespace cambium {

enum class Pass { forward, backward_input, backward_params };

}  // namespace cambium
