// A switch for measuring: Winograd on or off.
#pragma once

namespace cambium {

// False when the environment variable CAMBIUM_WINOGRAD is 0: convolutions then take every product.
bool may_use_winograd();

}  // namespace cambium
