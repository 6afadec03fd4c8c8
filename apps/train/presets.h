// Several options of the training app by one name.
#pragma once

#include <string>
#include <vector>

namespace train {

// What --model and --augment are unless the user says otherwise; all else is the recipe of the model. The defaults are those
// without a preset.
struct Preset {
  std::string name, about;
  std::string model = "conv_bn";
  int augment = 0;
};

const std::vector<Preset>& presets();
std::vector<std::string> preset_names();

// An unknown name throws an Error that lists all and names the closest one.
const Preset& preset(const std::string& name);

}  // namespace train
