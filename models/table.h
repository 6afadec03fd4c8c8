// The models by name, for programs that let their user choose one.
#pragma once

#include <string>
#include <vector>

#include "cambium/models/recipe.h"

namespace cambium::models {

// From the plainest to the deepest.
const std::vector<Recipe>& recipes();
std::vector<std::string> model_names();

// An unknown name throws an Error that lists all and names the closest one.
const Recipe& recipe(const std::string& name);

}  // namespace cambium::models
