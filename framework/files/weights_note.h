// A text that goes with weights in their file.
#pragma once

#include <string>

namespace cambium {

// How the model is built, what was done to its inputs. Keys and texts are UTF-8.
struct WeightsNote {
  std::string key, text;
};

}  // namespace cambium
